import { launch } from './bootstrap.mjs'

await launch('scripts/stack/start.ts')
