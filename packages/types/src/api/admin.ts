import { z } from 'zod'
import { endpoint } from '../contract.js'
import { QUEUES } from '../duties.js'
import { notFound, serviceUnavailable } from '../errors.js'
import { MediaState } from '../media.types.js'
import { Hex64, Ts, Uuid, none, queryInt } from '../scalars.js'

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
    .object({
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

const Amount = z.object({ objects: z.int(), bytes: z.int() })

/** Does the bucket hold what the database says, and nothing else? */
export const StorageCheck = z.object({
  checkedAt: Ts,
  /** No orphans, nothing missing: bytes in the bucket = bytes referenced. */
  isClean: z.boolean(),
  bucket: Amount,
  referenced: Amount,
  /** In the bucket, but of no file. An upload that runs looks the same for a moment. */
  orphans: Amount,
  /** Files whose bytes are not in the bucket. */
  missing: z.int(),
})
export type StorageCheck = z.output<typeof StorageCheck>

/** What `states` of the storage holds. */
export const StateUsage = z.object({ state: MediaState, files: z.int(), bytes: z.int() })

export const getStorage = endpoint({
  method: 'get',
  path: '/api/v1/admin/storage',
  summary: 'Bytes per user and state, and whether the bucket holds exactly what is referenced',
  auth: 'admin',
  params: none,
  body: none,
  response: z.object({
    /** The hundred with the most bytes, most first. */
    users: z.array(
      z.object({ userId: Uuid, username: z.string(), files: z.int(), bytes: z.int() }),
    ),
    states: z.array(StateUsage),
    check: StorageCheck,
    lastSweepAt: Ts.optional(),
  }),
  errors: [serviceUnavailable],
})

export const createBullLink = endpoint({
  method: 'post',
  path: '/api/v1/admin/bull-link',
  summary:
    'Let this browser open the board of jobs for five minutes, by a cookie for its path alone',
  auth: 'admin',
  params: none,
  body: none,
  response: z.object({ url: z.string(), expiresAt: Ts }),
  errors: [],
})
