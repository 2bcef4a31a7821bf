import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import type { Context } from '../context.js'
import { findInternalAccess } from '../local-stack.js'
import { readPassword } from '../secrets.js'
import { addAdminStorageCommand } from './admin-storage.js'
import { addAdminQueueCommands } from './admin-queues.js'
import { addPushCommands } from './pushes.js'

/** What operators do on the machine of the server. */
export function addAdminCommands(program: Command, act: Act): void {
  const admin = program.command('admin').description('for operators of a server')
  withExamples(
    admin.command('create').description('make the first administrator; only while there is none'),
    ['sup admin create --username root', 'makes the account, asks for a password'],
    ['sup admin create --username alice --existing', 'raises an account that exists'],
  )
    .requiredOption('--username <name>', 'username of the administrator')
    .option('--email <address>', 'e-mail address')
    .option('--existing', 'the account exists: no password is asked for')
    .action(act(createAdmin))
  addAdminQueueCommands(admin, act)
  addAdminStorageCommand(admin, act)
  addPushCommands({ program, admin }, act)
}

type AdminOptions = { username: string; email?: string; existing?: boolean }

async function createAdmin(
  context: Context,
  { username, email, existing }: AdminOptions,
): Promise<void> {
  const { url, secret } = findInternalAccess(context.terminal)
  const password = existing ? undefined : await readPassword(context, { repeat: true })
  const { bootstrapAdmin } = await import('@sup/types')
  const { sendRequest } = await import('@sup/sdk')
  const body = { username, ...(password && { password }), ...(email && { email }) }
  const headers = { 'x-internal-secret': secret, 'x-internal-caller': 'cli' }
  const { data } = await sendRequest({ fetch, server: url }, bootstrapAdmin, { body }, { headers })
  context.print.result({ user: data.user }, `${data.user.username} is the administrator now.`)
}
