import type { OutboxEntry } from '@sup/sdk'
import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { CliError, EXIT } from '../exit-codes.js'
import { oneLine, table, timeOf } from '../format.js'

/** Own messages that the server does not have yet. */
export function addOutboxCommand(program: Command, act: Act): void {
  withExamples(
    program.command('outbox').description('show messages that are not sent yet, or were refused'),
    ['sup outbox', ''],
    ['sup outbox --retry 0192f0c1-…', 'tries a refused one again'],
    ['sup outbox --discard 0192f0c1-…', 'forgets one'],
  )
    .option('--retry <id>', 'send a refused message once more')
    .option('--discard <id>', 'forget a message')
    .action(act(manageOutbox))
}

async function manageOutbox(
  context: Context,
  { retry, discard }: { retry?: string; discard?: string },
): Promise<void> {
  await withAccount(context, async (client) => {
    const outbox = client.outbox()
    for (const id of [retry, discard]) {
      if (id !== undefined && !outbox.find(id)) {
        throw new CliError(EXIT.notFound, `There is no message ${id} in the outbox`)
      }
    }
    if (retry !== undefined) await outbox.retry(retry)
    if (discard !== undefined && !(await outbox.discard(discard))) {
      throw new CliError(EXIT.conflict, 'The message is being sent right now')
    }
    const waiting = outbox.list().filter(({ stored }) => !stored)
    const rows = waiting.map(rowOf)
    context.print.result(
      { messages: waiting.map(({ state, body, error }) => ({ state, body, error })) },
      rows.length > 0 ? table(rows) : 'Everything is sent.',
    )
  })
}

const rowOf = ({ body, state, error, createdAt }: OutboxEntry): string[] => [
  body.clientMessageId,
  timeOf(new Date(createdAt).toISOString(), new Date()),
  error ? `${state}: ${error.code}` : state,
  oneLine(body.content ?? '[encrypted]', 40),
]
