import type { Device, Session } from '@sup/types'
import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { oneLine, table, timeOf } from '../format.js'

/** Where the account is logged in. */
export function addDeviceCommands(program: Command, act: Act): void {
  withExamples(
    program
      .command('sessions')
      .description('list where the account is logged in, or end a session'),
    ['sup sessions', ''],
    ['sup sessions --end 0192f0c1-…', 'logs that one out'],
    ['sup sessions --end-others', 'all but this one'],
  )
    .option('--end <sessionId>', 'end this session')
    .option('--end-others', 'end all sessions but this one')
    .action(act(manageSessions))

  withExamples(
    program.command('devices').description('list, rename and remove own devices'),
    ['sup devices', ''],
    ['sup devices --remove 0192f0c1-…', 'ends its sessions too'],
  )
    .option('--remove <deviceId>', 'remove this device')
    .option('--rename <deviceId>', 'give this device the name of --name')
    .option('--name <name>', 'the new name')
    .action(act(manageDevices))
}

async function manageSessions(
  context: Context,
  { end, endOthers }: { end?: string; endOthers?: boolean },
): Promise<void> {
  const { listSessions, revokeOtherSessions, revokeSession } = await import('@sup/types')
  const { listAll } = await import('@sup/sdk')
  await withAccount(context, async (client) => {
    if (end !== undefined) await client.call(revokeSession, { params: { sessionId: end } })
    if (endOthers) await client.call(revokeOtherSessions, {})
    const sessions: Session[] = []
    for await (const session of listAll(client.call, listSessions, {})) sessions.push(session)
    const rows = sessions.map((session) => [
      session.id,
      oneLine(session.deviceName, 40),
      session.current ? 'this one' : `used ${timeOf(session.lastUsedAt, new Date())}`,
    ])
    context.print.result({ sessions }, table(rows))
  })
}

type DeviceOptions = { remove?: string; rename?: string; name?: string }

async function manageDevices(context: Context, options: DeviceOptions): Promise<void> {
  const { listDevices, removeDevice, renameDevice } = await import('@sup/types')
  const { listAll } = await import('@sup/sdk')
  const { remove, rename, name = '' } = options
  await withAccount(context, async (client) => {
    if (rename !== undefined) {
      await client.call(renameDevice, { params: { deviceId: rename }, body: { name } })
    }
    if (remove !== undefined) await client.call(removeDevice, { params: { deviceId: remove } })
    const devices: Device[] = []
    for await (const device of listAll(client.call, listDevices, {})) devices.push(device)
    const rows = devices.map((device) => [
      device.id,
      oneLine(device.name, 40),
      device.platform,
      device.current ? 'this one' : `seen ${timeOf(device.lastSeenAt, new Date())}`,
    ])
    context.print.result({ devices }, table(rows))
  })
}
