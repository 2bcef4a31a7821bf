import { publishMediaState } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { FileRow } from './file-row.js'

/**
 * Has main-api tell the devices of the owner what became of a file. A hint: the row is the truth, so a failure
 * is logged and nothing else.
 */
export async function publishState(
  { mainApi, log }: Needs<'mainApi' | 'log'>,
  { id, state, rejectReason, thumbnailKey }: FileRow,
): Promise<void> {
  const body = {
    state,
    ...(rejectReason === null ? {} : { rejectReason }),
    ...(thumbnailKey === null ? {} : { thumbnailS3Key: thumbnailKey }),
  }
  try {
    await mainApi.callInternal(publishMediaState, { params: { fileId: id }, body })
  } catch (err) {
    log.debug('The state of a file was not published', { err })
  }
}
