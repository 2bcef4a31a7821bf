import { S3ServiceException } from '@aws-sdk/client-s3'
import { unavailable } from '../http/app-error.js'

/** What the store refuses is a fault of ours and stays as it is; everything else will pass. */
export async function guarded<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return await fn()
  } catch (err) {
    const status = err instanceof S3ServiceException ? err.$metadata.httpStatusCode : undefined
    throw status !== undefined && status < 500 && status !== 429 ? err : unavailable(err)
  }
}

/** Undefined instead of the store's 404. */
export async function foundOrUndefined<T>(fn: () => Promise<T>): Promise<T | undefined> {
  try {
    return await guarded(fn)
  } catch (err) {
    if (err instanceof S3ServiceException && err.$metadata.httpStatusCode === 404) return undefined
    throw err
  }
}
