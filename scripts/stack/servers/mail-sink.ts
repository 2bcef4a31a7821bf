import { join } from 'node:path'
import { waitUntilReady } from '../children.js'
import { pickPort } from '../ports.js'
import { CHECKOUT } from '../state.js'
import type { Opened } from '../stores.js'
import { ask } from '../wire.js'

/**
 * Starts the sink that takes the mails of the local stack and keeps them in the folder `mail` of its state. Somebody
 * who names a mail server of their own gets no sink.
 *
 * @returns The variables by which services find it.
 */
export async function startMailSink({
  folder,
  children,
  progress,
}: Opened): Promise<Record<string, string>> {
  if ((process.env['SMTP_HOST'] ?? '') !== '') return {}
  const port = await pickPort()
  await progress.step('mail sink', async () => {
    const program = join(CHECKOUT, 'scripts/stack/mail-sink.ts')
    const loader = ['--conditions=sup-source', '--import', import.meta.resolve('tsx')]
    const child = children.start({
      name: 'mail-sink',
      command: process.execPath,
      args: [...loader, program, join(folder, 'mail'), String(port)],
      layer: 'server',
      stopSignal: 'SIGTERM',
      // The checkout may be readable for its owner alone.
      drop: false,
    })
    // Nothing is sent: a server may hang up on who speaks before it has greeted.
    const greets = async () => (await ask(port, ''))?.startsWith('220') === true
    await waitUntilReady(child, greets)
  })
  return { SMTP_HOST: '127.0.0.1', SMTP_PORT: String(port) }
}
