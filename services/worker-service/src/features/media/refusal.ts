/**
 * Why a file is rejected, as clients see it in `rejectReason`; never renamed.
 *
 * `lost`: the bytes are gone · `empty`: there are none · `changed`: not the bytes that were checked at the upload · `wrong_type`: not what it says it
 * is, or something else besides · `unsupported`: nothing here decodes it · `damaged`: cut off or broken ·
 * `too_many_pixels`, `too_many_frames`, `too_long`: over a limit · `too_costly`: needs more time or memory than a
 * file may have.
 */
export const REJECT_REASONS = [
  'lost',
  'empty',
  'changed',
  'wrong_type',
  'unsupported',
  'damaged',
  'too_many_pixels',
  'too_many_frames',
  'too_long',
  'too_costly',
] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

/** The file is at fault, not we: it is rejected and never tried again, `too_costly` after the last attempt. */
export class Refusal extends Error {
  override name = 'Refusal'

  constructor(
    readonly reason: RejectReason,
    options?: ErrorOptions,
  ) {
    super(reason, options)
  }
}
