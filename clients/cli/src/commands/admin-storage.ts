import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { sizeText } from '../files.js'
import { table, timeOf } from '../format.js'

/** Whether the bucket holds what the database says. */
export function addAdminStorageCommand(admin: Command, act: Act): void {
  withExamples(
    admin.command('storage').description('who stores how much; is the bucket what the files say?'),
    ['sup admin storage', ''],
  ).action(act(showStorage))
}

async function showStorage(context: Context): Promise<void> {
  const { getStorage } = await import('@sup/types')
  await withAccount(context, async (client) => {
    const { data } = await client.call(getStorage, {})
    const { users, states, check, lastSweepAt } = data
    const amount = ({ objects, bytes }: { objects: number; bytes: number }): string[] => [
      String(objects),
      sizeText(bytes),
    ]
    const lines = [
      check.isClean ? 'Clean: bytes in the bucket = bytes referenced.' : 'Not clean.',
      ...table([
        ['bucket', ...amount(check.bucket)],
        ['referenced', ...amount(check.referenced)],
        ['orphans', ...amount(check.orphans)],
        ['missing', String(check.missing)],
        ['last sweep', lastSweepAt === undefined ? 'never' : timeOf(lastSweepAt, new Date())],
      ]),
      ...table(states.map(({ state, files, bytes }) => [state, String(files), sizeText(bytes)])),
      ...table(
        users.map(({ username, files, bytes }) => [username, String(files), sizeText(bytes)]),
      ),
    ]
    context.print.result(data, lines)
  })
}
