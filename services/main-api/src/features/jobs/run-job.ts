import { AppError, type ServiceCaller } from '@sup/service-kit/http'
import { type Input, JobName, type Output, notFound, type runJob as contract } from '@sup/types'
import type { Deps } from '../../deps.js'
import { requestDigests } from '../mail/public.js'
import { pruneSessions } from './prune-sessions.js'

const JOBS = { 'prune-sessions': pruneSessions, digest: requestDigests } as const satisfies Record<
  JobName,
  unknown
>

/** One bounded step of a job; the worker calls it until nothing remains. */
export async function runJob(
  deps: Deps,
  _caller: ServiceCaller,
  { params, body }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const name = JobName.safeParse(params.name)
  if (!name.success) throw new AppError(notFound)
  return JOBS[name.data](deps, body)
}
