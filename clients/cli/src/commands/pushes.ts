import type { Output, listPushLog } from '@sup/types'
import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { table, timeOf } from '../format.js'
import { findUser } from '../targets.js'

/** Why a push came or did not come: for the person itself, and for administrators who are asked. */
export function addPushCommands(parts: { program: Command; admin: Command }, act: Act): void {
  withExamples(
    parts.program.command('pushes').description('why pushes came or did not come, by device'),
    ['sup pushes', ''],
  ).action(act(showOwn))
  withExamples(
    parts.admin.command('pushes <user>').description('why pushes of somebody did not come'),
    ['sup admin pushes bob', ''],
  ).action(act(showOf))
}

const showOwn = (context: Context): Promise<void> =>
  withAccount(context, async (client) => {
    const { listPushLog } = await import('@sup/types')
    show(context, (await client.call(listPushLog, {})).data)
  })

const showOf = (context: Context, name: string): Promise<void> =>
  withAccount(context, async (client) => {
    const { readPushLog } = await import('@sup/types')
    const { id: userId } = await findUser(client, name)
    show(context, (await client.call(readPushLog, { params: { userId } })).data)
  })

function show(context: Context, devices: Output<typeof listPushLog>): void {
  const lines = devices.flatMap(({ deviceId, entries }) => [
    `device ${deviceId}`,
    ...table(
      entries.map(({ at, kind, state, reason = '', chatId = '', seq }) => [
        `  ${timeOf(at, new Date())}`,
        kind,
        state,
        reason,
        seq === undefined ? chatId : `${chatId} ${String(seq)}`,
      ]),
    ),
  ])
  context.print.result({ devices }, lines.length === 0 ? 'No pushes in the last 7 days.' : lines)
}
