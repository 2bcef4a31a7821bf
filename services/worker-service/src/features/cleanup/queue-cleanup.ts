import { type Delivery, PermanentFailure } from '@sup/service-kit/duties'
import { pruneSessions } from '@sup/types'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Needs } from '../../deps.js'

/** The kinds of clean-up that somebody executes. */
const JOBS = [pruneSessions] as const

const Typed = z.object({ type: z.string() })

/**
 * Turns one message of the queue `cleanup` into a job that has the id of the message.
 *
 * The id is the body's, or without one the SHA-256 of the body: a message that arrives twice is one job.
 *
 * @throws PermanentFailure for what no later attempt can read, naming places and never content; AppError
 *   `SERVICE_UNAVAILABLE` when Bull does not store the job now.
 */
export async function queueCleanup(
  { cleanupJobs }: Needs<'cleanupJobs'>,
  { text }: Pick<Delivery, 'text'>,
): Promise<void> {
  const body = parseJson(text)
  const { type } = fit(Typed, body)
  const job = JOBS.find(({ name }) => name === type)
  if (!job) throw new PermanentFailure('unknown type')
  const duty = fit(job.payload, body)
  const jobId = duty.id ?? createHash('sha256').update(text).digest('hex')
  await cleanupJobs.add(job, duty, { jobId })
}

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
