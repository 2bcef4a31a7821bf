import type { Client } from '@sup/sdk'
import type { Context } from './context.js'
import { readPassword } from './secrets.js'

/**
 * Does what needs a password that was given in the last 15 minutes: where it is stale and somebody can be asked,
 * asks for it and tries once more.
 */
export async function withFreshLogIn<T>(
  context: Context,
  client: Client,
  work: () => Promise<T>,
): Promise<T> {
  const { isSupError } = await import('@sup/sdk')
  try {
    return await work()
  } catch (err) {
    if (!isSupError(err) || err.code !== 'REAUTH_REQUIRED' || !canGivePassword(context)) throw err
  }
  const { reauthenticate } = await import('@sup/types')
  context.print.notice('Your log-in is older than 15 minutes.')
  await client.call(reauthenticate, { body: { password: await readPassword(context) } })
  return work()
}

/** Standard input is not read: programs that call this may have nothing there and would wait. */
const canGivePassword = ({ canAsk, terminal }: Context): boolean =>
  canAsk || (terminal.env['SUP_PASSWORD_FILE'] ?? '') !== ''
