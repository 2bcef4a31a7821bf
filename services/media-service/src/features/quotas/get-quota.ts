import type { Caller } from '@sup/service-kit/http'
import type { Output, getQuota as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { quotaStore } from './quota-store.js'

/** What the caller's files use of their storage; open uploads count with what they announced. */
export async function getQuota(
  { db, config }: Needs<'db' | 'config'>,
  { userId }: Caller,
): Promise<Output<typeof contract>> {
  const { usedBytes, fileCount } = await quotaStore(db).read(userId)
  const { MEDIA_QUOTA_BYTES: limitBytes, MEDIA_MAX_BYTES: maxFileBytes } = config
  return { usedBytes, limitBytes, fileCount, maxFileBytes }
}
