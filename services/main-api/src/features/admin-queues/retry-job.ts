import { AppError, type Caller } from '@sup/service-kit/http'
import { type Input, type Output, notFound, type retryJob as contract } from '@sup/types'
import type { Needs } from '../../deps.js'

/** Lets a failed job begin anew with all its attempts; an id whose effect is confirmed has none again. */
export async function retryJob(
  { jobDesk }: Needs<'jobDesk'>,
  _caller: Caller,
  { params: { queue, jobId } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  if (!(await jobDesk.retry(queue, jobId))) throw new AppError(notFound)
  return {}
}
