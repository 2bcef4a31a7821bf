import { fileURLToPath } from 'node:url'

/** The root folder of the checkout; the same from `src` and from `dist`. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url))
