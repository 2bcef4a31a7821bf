import type { Needs } from '../../deps.js'
import { uploadStore } from './upload-store.js'

/** Removes what a refused or broken upload left. What cannot be removed now is found by the sweep. */
export async function discardFile(
  { db, blobs, log }: Needs<'db' | 'blobs' | 'log'>,
  id: string,
  keys: readonly (string | undefined)[],
): Promise<void> {
  try {
    for (const key of keys) if (key !== undefined) await blobs.delete(key)
    await uploadStore(db).forget(id)
  } catch (err) {
    log.warn('What is left of an upload could not be removed', { err })
  }
}
