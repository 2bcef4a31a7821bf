import type Bull from 'bull'

// Only what stands among the failed ones: nobody holds such a job, and nobody can take it meanwhile.
const FORGET = `
  if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
  redis.call('DEL', KEYS[2], KEYS[2] .. ':logs')
  return 1`

const RESET = `
  if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
  redis.call('HSET', KEYS[2], 'attemptsMade', 0)
  redis.call('HDEL', KEYS[2], 'stacktrace')
  return 1`

/** Takes a job away if it has failed for good; says whether it had. */
export const forgetFailed = (queue: Bull.Queue<unknown>, jobId: string): Promise<boolean> =>
  onFailed(queue, FORGET, jobId)

/** Lets a job that has failed for good begin anew with all its attempts; false when there is no such job. */
export async function retryFailed(queue: Bull.Queue<unknown>, jobId: string): Promise<boolean> {
  if (!(await onFailed(queue, RESET, jobId))) return false
  const job = await queue.getJob(jobId)
  if (!job) return false
  try {
    await job.retry()
    return true
  } catch (err) {
    // Somebody else was faster: it runs, or is gone.
    if (await job.isFailed()) throw err
    return false
  }
}

async function onFailed(
  queue: Bull.Queue<unknown>,
  script: string,
  jobId: string,
): Promise<boolean> {
  await queue.isReady()
  const keys = [queue.toKey('failed'), queue.toKey(jobId)]
  return (await queue.client.eval(script, keys.length, ...keys, jobId)) === 1
}
