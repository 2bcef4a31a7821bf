import type { Caller } from '@sup/service-kit/http'
import type { Input, MediaFile, getFile as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { showFile } from './file-row.js'
import { findReadable } from './find-file.js'

/**
 * What is known about a file that the caller may read.
 *
 * @throws AppError `NOT_FOUND`; `SERVICE_UNAVAILABLE` as `findReadable`.
 */
export async function getFile(
  needs: Needs<'db' | 'mainApi' | 'config'>,
  caller: Caller,
  { params }: Input<typeof contract>,
): Promise<MediaFile> {
  const { row } = await findReadable(needs, caller, params.fileId)
  return showFile(row, needs.config)
}
