import type { PrivateUser } from '@sup/types'
import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, DEVICE, withAccount, withClient } from '../context.js'
import { CliError, EXIT } from '../exit-codes.js'
import { readPassword } from '../secrets.js'

/** Making an account, logging in and out. */
export function addAccountCommands(program: Command, act: Act): void {
  withExamples(
    program.command('register <username>').description('make an account and log in'),
    ['sup register alice', 'asks for a password'],
    ['SUP_PASSWORD_FILE=pw sup register alice --name "Alice B."', 'takes it from a file'],
  )
    .option('--name <name>', 'display name; the username unless given')
    .option('--email <address>', 'e-mail address')
    .option('--invite <code>', 'invitation, where the server asks for one')
    .action(act(register))

  withExamples(
    program
      .command('login <identifier>')
      .description('log in with a username, e-mail address or phone number'),
    ['sup login alice', 'asks for the password'],
    ['sup --server https://chat.example.org login alice', 'on another server'],
    ['pass show sup | sup login alice', 'takes it from standard input'],
  ).action(act(logIn))

  withExamples(
    program.command('logout').description('end the session and forget what this profile stored'),
    ['sup logout', 'this device'],
    ['sup logout --all', 'everywhere'],
  )
    .option('--all', 'end all sessions of the account')
    .option('--discard', 'also when messages are not sent yet: they are lost')
    .action(act(logOut))

  withExamples(
    program.command('whoami').description('show who is logged in'),
    ['sup whoami', 'asks the server'],
    ['sup --profile work whoami', 'another profile'],
  ).action(act(showMe))
}

type NewAccount = { name?: string; email?: string; invite?: string }

async function register(context: Context, username: string, options: NewAccount): Promise<void> {
  const password = await readPassword(context, { repeat: true })
  const { name, email, invite } = options
  await withClient(context, async (client) => {
    refuseSecondLogIn(context, client.session()?.username)
    const user = await client.accounts.register({
      username,
      password,
      device: DEVICE,
      ...(name && { displayName: name }),
      ...(email && { email }),
      ...(invite && { inviteCode: invite }),
    })
    welcome(
      context,
      user,
      `Welcome, ${user.displayName}. You are logged in as ${user.username} at ${context.settings.server}.`,
    )
  })
}

async function logIn(context: Context, identifier: string): Promise<void> {
  const password = await readPassword(context)
  await withClient(context, async (client) => {
    const before = client.session()
    const user = await client.accounts.logIn({ identifier, password, device: DEVICE })
    if (before && before.userId !== user.id) {
      context.print.notice(`${before.username} was logged in here before; that is over.`)
    }
    welcome(context, user, `Logged in as ${user.username} at ${context.settings.server}.`)
  })
}

function welcome({ print, settings }: Context, user: PrivateUser, text: string): void {
  settings.remember()
  print.result({ user, server: settings.server, profile: settings.profile }, text)
}

/** What one account stored would be lost to another without a word. */
function refuseSecondLogIn({ settings }: Context, username: string | undefined): void {
  if (username === undefined) return
  throw new CliError(
    EXIT.conflict,
    `${username} is logged in already (profile ${settings.profile})`,
    'Use another profile: `sup --profile NAME register …`, or log out first.',
  )
}

async function logOut(
  context: Context,
  { all, discard }: { all?: boolean; discard?: boolean },
): Promise<void> {
  await withAccount(context, async (client, { username }) => {
    const waiting = client
      .outbox()
      .list()
      .filter(({ stored }) => !stored).length
    if (waiting > 0 && !discard) {
      throw new CliError(
        EXIT.conflict,
        `${String(waiting)} messages are not sent yet and would be lost`,
        'See `sup outbox`; `sup logout --discard` loses them.',
      )
    }
    await client.accounts.logOut(all ? { allSessions: true } : {})
    context.print.result({ loggedOut: username }, `${username} is logged out.`)
  })
}

async function showMe(context: Context): Promise<void> {
  await withAccount(context, async (client, session) => {
    const user = await client.accounts.me()
    const { settings, print } = context
    const { deviceId, sessionId } = session
    print.result(
      {
        user,
        session: { deviceId, sessionId },
        server: settings.server,
        profile: settings.profile,
      },
      [
        `${user.username} (${user.displayName})`,
        `id       ${user.id}`,
        `server   ${settings.server}`,
        `profile  ${settings.profile}`,
        `device   ${deviceId}`,
        ...(user.role === 'user' ? [] : [`role     ${user.role}`]),
      ],
    )
  })
}
