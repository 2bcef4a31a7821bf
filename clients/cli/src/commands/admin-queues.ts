import type { DeadLetter, JobState, QueueName } from '@sup/types'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { CliError, EXIT } from '../exit-codes.js'
import { oneLine, table, timeOf } from '../format.js'
import { withFreshLogIn } from '../fresh-log-in.js'

/** What waits, fails and is dead on a server, for its administrators. */
export function addAdminQueueCommands(admin: Command, act: Act): void {
  const queues = admin.command('queues').description('queues of duties and their dead letters')
  withExamples(queues.command('list').description('what waits, fails and is dead in each queue'), [
    'sup admin queues list',
    '',
  ]).action(act(listAllQueues))
  withExamples(
    queues.command('show <queue>').description('dead letters of a queue, oldest first'),
    ['sup admin queues show cleanup', 'why and when each was buried'],
    ['sup admin queues show cleanup --body --limit 1', 'with its body; not for emails'],
  )
    .option('--limit <n>', 'how many, at most 100', toNumber, 50)
    .option('--body', 'show the bodies')
    .action(act(showDeadLetters))
  withExamples(
    queues.command('replay <queue>').description('put dead letters back into their queue'),
    ['sup admin queues replay cleanup --limit 10', 'the ten oldest'],
    ['sup admin queues replay cleanup --id 0192f0c1-…', 'this one; may be given more than once'],
  )
    .option('--limit <n>', 'the oldest so many, at most 1000', toNumber)
    .option('--id <id...>', 'those of these ids')
    .action(act(replayQueue))
  withExamples(
    admin.command('jobs [queue]').description('jobs of one state, or let a failed one begin anew'),
    ['sup admin jobs', 'failed jobs of all queues'],
    ['sup admin jobs cleanup --state delayed', ''],
    ['sup admin jobs cleanup --retry 0192f0c1-…', ''],
  )
    .addOption(
      new Option('--state <state>', 'which jobs')
        .choices(['waiting', 'active', 'delayed', 'failed'])
        .default('failed'),
    )
    .option('--limit <n>', 'how many, at most 100', toNumber, 50)
    .option('--retry <jobId>', 'let this failed job begin anew; needs the queue')
    .action(act(manageJobs))
}

function toNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 on')
  return Number(text)
}

/** Refused here, so that a wrong name is a wrong use and not an answer of the server. */
async function queueOf(name: string): Promise<QueueName> {
  const { QueueName } = await import('@sup/types')
  const known = QueueName.safeParse(name)
  if (known.success) return known.data
  throw new CliError(
    EXIT.usage,
    `There is no queue ${name}`,
    `Queues: ${QueueName.options.join(', ')}.`,
  )
}

async function listAllQueues(context: Context): Promise<void> {
  const { listQueues } = await import('@sup/types')
  await withAccount(context, async (client) => {
    const { data: queues } = await client.call(listQueues, {})
    const rows = queues.map(({ name, ready, retry, dead, jobs, oldestDeadAt }) => [
      name,
      String(ready),
      String(retry),
      String(dead),
      String(jobs.waiting + jobs.active + jobs.delayed),
      String(jobs.failed),
      oldestDeadAt === undefined ? '' : timeOf(oldestDeadAt, new Date()),
    ])
    const head = ['queue', 'ready', 'retry', 'dead', 'jobs', 'failed', 'oldest dead']
    context.print.result({ queues }, table([head, ...rows]))
  })
}

type ShowOptions = { limit: number; body?: boolean }

async function showDeadLetters(
  context: Context,
  name: string,
  { limit, body }: ShowOptions,
): Promise<void> {
  const { listDeadLetters } = await import('@sup/types')
  const queue = await queueOf(name)
  await withAccount(context, async (client) => {
    const query = { limit, body: body ? ('1' as const) : ('0' as const) }
    const { data: deadLetters } = await client.call(listDeadLetters, { params: { queue }, query })
    const lines = deadLetters.length === 0 ? 'No dead letters.' : describe(deadLetters)
    context.print.result({ queue, deadLetters }, lines)
  })
}

function describe(letters: readonly DeadLetter[]): string[] {
  const rows = letters.map(({ id, type, attempts, reason, buriedAt, publishedAt, bytes, body }) => [
    id,
    oneLine(type, 30),
    timeOf(buriedAt ?? publishedAt ?? '', new Date()),
    `tried ${String(attempts)}`,
    `${String(bytes)} B`,
    oneLine([reason, ...(body === undefined ? [] : [body])].join('  '), 2000),
  ])
  return table(rows)
}

async function replayQueue(
  context: Context,
  name: string,
  { limit, id: ids }: { limit?: number; id?: string[] },
): Promise<void> {
  const { replayDeadLetters } = await import('@sup/types')
  const queue = await queueOf(name)
  if ((limit === undefined) === (ids === undefined)) {
    throw new CliError(EXIT.usage, 'Which ones?', 'Give either --limit or --id.')
  }
  const body = limit === undefined ? { ids } : { limit }
  await withAccount(context, async (client) => {
    const { data } = await withFreshLogIn(context, client, () =>
      client.call(replayDeadLetters, { params: { queue }, body }),
    )
    const { replayed, missing } = data
    const notThere = missing.length === 0 ? [] : [`Not there: ${missing.join(', ')}`]
    context.print.result({ queue, replayed, missing }, [
      `${String(replayed.length)} went back to ${queue}.`,
      ...notThere,
    ])
  })
}

type JobOptions = { state: JobState; limit: number; retry?: string }

async function manageJobs(
  context: Context,
  name: string | undefined,
  { state, limit, retry }: JobOptions,
): Promise<void> {
  const queue = name === undefined ? undefined : await queueOf(name)
  if (retry === undefined) return listSome(context, { queue, state, limit })
  if (queue === undefined) {
    throw new CliError(EXIT.usage, 'Of which queue?', 'Try `sup admin jobs QUEUE --retry ID`.')
  }
  const { retryJob } = await import('@sup/types')
  await withAccount(context, async (client) => {
    await withFreshLogIn(context, client, () =>
      client.call(retryJob, { params: { queue, jobId: retry } }),
    )
    context.print.result({ queue, retried: retry }, `${retry} begins anew.`)
  })
}

async function listSome(
  context: Context,
  { queue, ...rest }: { queue: QueueName | undefined; state: JobState; limit: number },
): Promise<void> {
  const { listJobs } = await import('@sup/types')
  await withAccount(context, async (client) => {
    const query = { ...rest, ...(queue && { queue }) }
    const { data: jobs } = await client.call(listJobs, { query })
    const rows = jobs.map((job) => [
      job.queue,
      job.id,
      job.name,
      timeOf(job.finishedAt ?? job.addedAt, new Date()),
      `tried ${String(job.attempts)}`,
      oneLine(job.failedReason ?? '', 200),
    ])
    context.print.result({ jobs }, rows.length === 0 ? `No ${rest.state} jobs.` : table(rows))
  })
}
