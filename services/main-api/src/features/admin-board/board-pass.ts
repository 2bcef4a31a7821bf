import { createSealer } from '@sup/service-kit/seal'
import { z } from 'zod'
import type { Needs } from '../../deps.js'

export const BOARD_PATH = '/api/v1/admin/bull'
export const BOARD_COOKIE = 'sup_board'
const PURPOSE = 'sup-board-v1'
const LIFE_MS = 5 * 60_000
const LONGEST = 1024

const Pass = z.object({ userId: z.uuid(), sessionId: z.uuid(), until: z.number() })
type Pass = z.output<typeof Pass>

/** Lets a browser, which sends no Bearer token, open the board for a few minutes. */
export function makePass(
  { config, clock }: Needs<'config' | 'clock'>,
  { userId, sessionId }: { userId: string; sessionId: string },
): { cookie: string; expiresAt: string } {
  const until = clock.now().getTime() + LIFE_MS
  const pass: Pass = { userId, sessionId, until }
  const sealed = createSealer(config.ENCRYPTION_KEY, PURPOSE).seal(JSON.stringify(pass))
  const secure = config.PUBLIC_URL.startsWith('https:') ? '; Secure' : ''
  const rules = `Path=${BOARD_PATH}; Max-Age=${String(LIFE_MS / 1000)}; HttpOnly; SameSite=Strict`
  const cookie = `${BOARD_COOKIE}=${sealed.toString('base64url')}; ${rules}${secure}`
  return { cookie, expiresAt: new Date(until).toISOString() }
}

/** Who came with a pass that is still good; undefined for anything else. */
export function readPass(
  { config, clock }: Needs<'config' | 'clock'>,
  cookies: string | undefined,
): { userId: string; sessionId: string } | undefined {
  const found = new RegExp(`(?:^|;\\s*)${BOARD_COOKIE}=([\\w-]{1,${String(LONGEST)}})(?:;|$)`).exec(
    cookies ?? '',
  )
  try {
    const sealed = Buffer.from(found?.[1] ?? '', 'base64url')
    const text = createSealer(config.ENCRYPTION_KEY, PURPOSE).unseal(sealed).toString('utf8')
    const { until, ...person } = Pass.parse(JSON.parse(text))
    return until > clock.now().getTime() ? person : undefined
  } catch {
    return undefined
  }
}
