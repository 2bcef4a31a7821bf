import { z } from 'zod'
import { endpoint } from '../contract.js'
import { notFound } from '../errors.js'
import { Uuid } from '../scalars.js'

/** Jobs that only main-api may do, because it writes their tables. */
export const JobName = z.enum(['prune-sessions', 'digest'])
export type JobName = z.output<typeof JobName>

export const runJob = endpoint({
  method: 'post',
  path: '/internal/v1/jobs/:name',
  summary: 'One bounded step of a job; safe to repeat, called until nothing remains',
  auth: 'service',
  limit: 'none',
  params: z.object({ name: z.string().max(64) }),
  body: z.strictObject({ limit: z.int().min(1).max(1000), userId: Uuid.optional() }),
  response: z.object({ done: z.int(), remaining: z.int() }),
  errors: [notFound],
})
