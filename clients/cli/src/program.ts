import { Command } from 'commander'
import { createAct, withExamples } from './act.js'
import { addAccountCommands } from './commands/account.js'
import { addAdminCommands } from './commands/admin.js'
import { addChatCommand } from './commands/chat.js'
import { addChatCommands } from './commands/chats.js'
import { addDevCommands } from './commands/dev.js'
import { addDeviceCommands } from './commands/devices.js'
import { addMediaCommands } from './commands/media.js'
import { addMessageCommands } from './commands/messages.js'
import { addOutboxCommand } from './commands/outbox.js'
import { addTailCommand } from './commands/tail.js'
import type { Terminal } from './terminal.js'

/** The whole command line; nothing runs until it parses arguments. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('sup')
    .description('SUP on the command line')
    .option('--server <url>', 'server (SUP_SERVER, else the one of the last log-in)')
    .option('--profile <name>', 'profile with its own log-in (SUP_PROFILE)')
    .option('--json', 'one JSON object on standard output; one per line for tail and chat')
    .option('--no-input', 'never ask anything')
    .option('--verbose', 'say on standard error what happens')
    .version('1.0.0', '--version', 'print the version')
    .showHelpAfterError('(sup --help shows how it is used)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
  withExamples(
    program,
    ['sup register alice', 'make an account'],
    ['sup chat bob', 'talk to somebody'],
    ['sup send bob "See you at 8"', 'send one message'],
    ['sup tail', 'watch all chats'],
  )
  const act = createAct(terminal)
  addAccountCommands(program, act)
  addChatCommands(program, act)
  addMessageCommands(program, act)
  addMediaCommands(program, act)
  addChatCommand(program, act)
  addTailCommand(program, act)
  addOutboxCommand(program, act)
  addDeviceCommands(program, act)
  addAdminCommands(program, act)
  addDevCommands(program, act)
  program.addHelpText(
    'after',
    `
Passwords are asked for, read from standard input, or from the file SUP_PASSWORD_FILE names.
Exit codes: 0 ok, 1 failure, 2 usage, 3 log-in or permission, 4 not found, 5 conflict,
6 too many requests, 7 server not available. JSON shapes: docs/cli.md`,
  )
  return program
}
