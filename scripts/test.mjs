import { launch } from './bootstrap.mjs'

await launch('scripts/stack/test.ts')
