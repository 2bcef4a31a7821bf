#!/usr/bin/env node
import { run } from './run.js'
import { processTerminal } from './terminal.js'

// The reader of a pipe may go away at any time; that is no failure.
process.stdout.on('error', (err: NodeJS.ErrnoException) => {
  process.exit(err.code === 'EPIPE' ? 0 : 1)
})

const exitCode = await run(process.argv.slice(2), processTerminal())
// Idle connections to the server would hold the process for some seconds more.
process.stdout.write('', () => process.exit(exitCode))
