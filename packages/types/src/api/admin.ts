import { z } from 'zod'
import { endpoint } from '../contract.js'
import { QUEUES } from '../duties.js'
import { notFound, serviceUnavailable } from '../errors.js'
import { Hex64, Ts, none, queryInt } from '../scalars.js'

/** A queue of duties by its name. */
export const QueueName = z.enum(QUEUES)
export type QueueName = z.output<typeof QueueName>

export const JobState = z.enum(['waiting', 'active', 'delayed', 'failed'])
export type JobState = z.output<typeof JobState>

/** A queue of RabbitMQ with the jobs that its messages become. */
export const QueueState = z.object({
  name: QueueName,
  /** False before the first worker has asked for the queue. */
  isDeclared: z.boolean(),
  ready: z.int(),
  /** Waiting for another attempt. */
  retry: z.int(),
  dead: z.int(),
  oldestDeadAt: Ts.optional(),
  jobs: z.object({ waiting: z.int(), active: z.int(), delayed: z.int(), failed: z.int() }),
})
export type QueueState = z.output<typeof QueueState>

export const listQueues = endpoint({
  method: 'get',
  path: '/api/v1/admin/queues',
  summary: 'What waits, fails and is dead in each queue',
  auth: 'admin',
  params: none,
  body: none,
  response: z.array(QueueState),
  errors: [serviceUnavailable],
})

/** A message that can never be handled, or was tried too often. */
export const DeadLetter = z.object({
  /** Of the message; without one the SHA-256 of its body. */
  id: z.string(),
  type: z.string(),
  /** The key it was first published with; empty when that is not known. */
  routingKey: z.string(),
  reason: z.string(),
  attempts: z.int(),
  publishedAt: Ts.optional(),
  buriedAt: Ts.optional(),
  bytes: z.int(),
  sha256: Hex64,
  /** Only when it is asked for. */
  body: z.string().optional(),
})
export type DeadLetter = z.output<typeof DeadLetter>

export const listDeadLetters = endpoint({
  method: 'get',
  path: '/api/v1/admin/queues/:queue/dead',
  summary: 'The oldest dead letters of a queue; bodies only when asked for, and never of e-mails',
  auth: 'admin',
  params: z.object({ queue: QueueName }),
  query: z.object({
    limit: queryInt(1, 100).default(50),
    body: z.enum(['0', '1']).default('0'),
  }),
  body: none,
  response: z.array(DeadLetter),
  errors: [serviceUnavailable],
})

export const replayDeadLetters = endpoint({
  method: 'post',
  path: '/api/v1/admin/queues/:queue/dead/replay',
  summary: 'Put dead letters back into their queue: the oldest so many, or those of these ids',
  auth: 'admin',
  params: z.object({ queue: QueueName }),
  body: z
    .strictObject({
      limit: z.int().min(1).max(1000).optional(),
      ids: z.array(z.string().min(1).max(256)).min(1).max(1000).optional(),
    })
    .refine(
      ({ limit, ids }) => (limit === undefined) !== (ids === undefined),
      'needs exactly one of limit, ids',
    ),
  /** `missing`: ids that were not among the dead letters. */
  response: z.object({ replayed: z.array(z.string()), missing: z.array(z.string()) }),
  errors: [serviceUnavailable],
})

/** A job of Bull, without what it is about. */
export const JobNote = z.object({
  queue: QueueName,
  id: z.string(),
  name: z.string(),
  state: JobState,
  attempts: z.int(),
  addedAt: Ts,
  finishedAt: Ts.optional(),
  failedReason: z.string().optional(),
})
export type JobNote = z.output<typeof JobNote>

export const listJobs = endpoint({
  method: 'get',
  path: '/api/v1/admin/jobs',
  summary: 'Jobs of one state, of one queue or of all, newest first in each queue',
  auth: 'admin',
  params: none,
  query: z.object({
    queue: QueueName.optional(),
    state: JobState.default('failed'),
    limit: queryInt(1, 100).default(50),
  }),
  body: none,
  response: z.array(JobNote),
  errors: [serviceUnavailable],
})

export const retryJob = endpoint({
  method: 'post',
  path: '/api/v1/admin/jobs/:queue/:jobId/retry',
  summary: 'Let a failed job begin anew with all its attempts',
  auth: 'admin',
  params: z.object({ queue: QueueName, jobId: z.string().min(1).max(256) }),
  body: none,
  response: none,
  errors: [notFound, serviceUnavailable],
})
