import type { Caller } from '@sup/service-kit/http'
import type { Input, Output, getFileUrl as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { findDownload } from '../files/public.js'
import { presignFile } from './presign-file.js'

/**
 * A URL for programs that cannot send a token, such as the source of an image.
 *
 * @throws AppError `NOT_FOUND`, for a missing thumbnail with the state of the file.
 */
export async function getFileUrl(
  needs: Needs<'db' | 'mainApi' | 'blobs' | 'config'>,
  caller: Caller,
  { params, query }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  return presignFile(needs, await findDownload(needs, caller, params.fileId), query.variant)
}
