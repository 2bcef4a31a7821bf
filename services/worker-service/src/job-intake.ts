import { type Delivery, type Duties, PermanentFailure } from '@sup/service-kit/duties'
import type { JobQueue } from '@sup/service-kit/jobs'
import type { JobType } from '@sup/types'
import { createHash } from 'node:crypto'
import { z } from 'zod'

/** A RabbitMQ queue whose messages are executed by Bull. */
export type Intake = {
  /** One of `QUEUES`. */
  queue: string
  /** `cleanup.#` … */
  bindingKey: string
  jobs: JobQueue
  /** The kinds of job that somebody executes; a message of any other type is buried. */
  kinds: readonly JobType[]
}

const Typed = z.object({ type: z.string() })

/** Consumes a queue: each message becomes a job of the same id and is then acknowledged. */
export async function takeIn(duties: Duties, intake: Intake): Promise<void> {
  await duties.declareQueue(intake.queue, intake.bindingKey)
  await duties.consume(intake.queue, (delivery) => storeJob(intake, delivery))
}

/**
 * Turns one message into a job that has the id of the message.
 *
 * The id is the body's, or without one the SHA-256 of the body: a message that arrives twice is one job.
 *
 * @throws PermanentFailure for what no later attempt can read, naming places and never content; AppError
 *   `SERVICE_UNAVAILABLE` when Bull does not store the job now.
 */
export async function storeJob(
  { jobs, kinds }: Pick<Intake, 'jobs' | 'kinds'>,
  { text }: Pick<Delivery, 'text'>,
): Promise<void> {
  const body = parseJson(text)
  const { type } = fit(Typed, body)
  const kind = kinds.find(({ name }) => name === type)
  if (!kind) throw new PermanentFailure('unknown type')
  const payload = fit(kind.payload, body)
  await jobs.add(kind, payload, { jobId: idOf(payload) ?? hashOf(text) })
}

const idOf = (payload: unknown): string | undefined =>
  typeof payload === 'object' && payload !== null && 'id' in payload
    ? z.string().optional().catch(undefined).parse(payload.id)
    : undefined

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PermanentFailure('bad JSON')
  }
}

function fit<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const places = parsed.error.issues.map(
    ({ path, code }) => `${path.join('.') || 'body'} (${code})`,
  )
  throw new PermanentFailure(`does not fit the contract: ${places.join(', ')}`)
}
