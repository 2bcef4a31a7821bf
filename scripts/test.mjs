import { launch } from './bootstrap.mjs'

await launch('scripts/stack/run-tests.ts')
