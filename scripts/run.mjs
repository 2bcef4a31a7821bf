// Runs any TypeScript program of the project: node scripts/run.mjs FILE [ARGUMENTS]
import { launch } from './bootstrap.mjs'

const [program, ...args] = process.argv.slice(2)
if (program === undefined) {
  console.error('usage: node scripts/run.mjs FILE [ARGUMENTS]')
  process.exit(2)
}
await launch(program, args)
