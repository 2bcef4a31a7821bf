import type { AuthResult } from '@sup/types'
import { z } from 'zod'
import type { Clock } from '../base/clock.js'
import type { Log } from '../base/log.js'
import { type SupError, concernsSession, isSupError, notLoggedIn } from '../base/sup-error.js'
import { type Storage, put, remove } from '../storage/storage.js'

const StoredSession = z.object({
  userId: z.string(),
  username: z.string(),
  deviceId: z.string(),
  sessionId: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  /** When to renew, by the own clock in milliseconds: a guess that saves a refusal. */
  renewAt: z.number(),
})
type StoredSession = z.output<typeof StoredSession>

/** Who is logged in, without the tokens. */
export type Session = Pick<StoredSession, 'userId' | 'username' | 'deviceId' | 'sessionId'>

export type NewTokens = {
  accessToken: string
  refreshToken: string
  expiresIn: number
  sessionId: string
}

/** Keeps the session and its tokens; several processes may share the storage. */
export type Tokens = {
  session: () => Session | undefined
  /** Reads the stored session, which another process may have changed. */
  load: () => Promise<Session | undefined>
  store: (result: AuthResult) => Promise<void>
  forget: () => Promise<void>
  /** An access token that is good for a while. @throws SupError UNAUTHORIZED without a session. */
  fresh: () => Promise<string>
  /** Another access token than `stale`, from another process or from the server. */
  renew: (stale: string) => Promise<string>
  /**
   * The server says that the session of `stale` has ended.
   * @returns the token of a session that another process began since.
   * @throws `reason` when there is none: nothing works until the next log-in.
   */
  replaceRevoked: (stale: string, reason: SupError) => Promise<string>
}

export type TokenNeeds = {
  storage: Storage
  clock: Clock
  log: Log
  /** Exchanges a refresh token, once per call. */
  refresh: (refreshToken: string) => Promise<NewTokens>
  /** Told when the server ended the session, never for a log-out. */
  onEnd: (reason: SupError) => void
}

const NAMESPACE = 'session'
const KEY = 'current'
/** Renewed this long before the end, or after four fifths of a short life. */
const RENEW_BEFORE_MS = 60_000

function renewalTime(now: number, expiresIn: number): number {
  const life = expiresIn * 1000
  return now + life - Math.min(RENEW_BEFORE_MS, life / 5)
}

/** What the functions below share: the needs, the session as last seen, and the renewal under way. */
type Keeper = TokenNeeds & {
  current?: StoredSession | undefined
  renewing?: Promise<string> | undefined
}

export function createTokens(needs: TokenNeeds): Tokens {
  const keeper: Keeper = { ...needs }
  return {
    session: () => keeper.current && publicPart(keeper.current),
    load: async () => {
      keeper.current = await read(keeper)
      return keeper.current && publicPart(keeper.current)
    },
    store: ({ user, expiresIn, accessToken, refreshToken, sessionId, deviceId }) =>
      save(keeper, {
        userId: user.id,
        username: user.username,
        deviceId,
        sessionId,
        accessToken,
        refreshToken,
        renewAt: renewalTime(needs.clock.now(), expiresIn),
      }),
    forget: () => forget(keeper),
    fresh: () => fresh(keeper),
    renew: (stale) => renew(keeper, stale),
    replaceRevoked: (stale, reason) => replaceRevoked(keeper, stale, reason),
  }
}

async function read({ storage }: Keeper): Promise<StoredSession | undefined> {
  const stored = StoredSession.safeParse(await storage.get(NAMESPACE, KEY))
  return stored.success ? stored.data : undefined
}

async function save(keeper: Keeper, session: StoredSession): Promise<void> {
  keeper.current = session
  await keeper.storage.transaction([put(NAMESPACE, KEY, session)], { durable: true })
}

async function forget(keeper: Keeper): Promise<void> {
  keeper.current = undefined
  await keeper.storage.transaction([remove(NAMESPACE, KEY)], { durable: true })
}

function end(keeper: Keeper, reason: SupError): SupError {
  keeper.log.debug('the session has ended', { code: reason.code })
  keeper.current = undefined
  keeper.onEnd(reason)
  return reason
}

async function fresh(keeper: Keeper): Promise<string> {
  if (!keeper.current) throw notLoggedIn()
  const { accessToken, renewAt } = keeper.current
  if (keeper.clock.now() < renewAt) return accessToken
  try {
    return await renew(keeper, accessToken)
  } catch (err) {
    // The old token may be good for some seconds more: the server decides.
    if (isSupError(err) && err.retryable) return accessToken
    throw err
  }
}

function renew(keeper: Keeper, stale: string): Promise<string> {
  keeper.renewing ??= exchange(keeper, stale).finally(() => {
    keeper.renewing = undefined
  })
  return keeper.renewing
}

/**
 * A refresh token works once. Another process may have used it, so the storage is asked before the
 * server, and again when the server refuses.
 */
async function exchange(keeper: Keeper, stale: string): Promise<string> {
  const newer = await adopt(keeper, stale)
  if (newer) return newer.accessToken
  const used = keeper.current
  if (!used) throw notLoggedIn()
  try {
    const { expiresIn, ...tokens } = await keeper.refresh(used.refreshToken)
    await save(keeper, { ...used, ...tokens, renewAt: renewalTime(keeper.clock.now(), expiresIn) })
    return tokens.accessToken
  } catch (err) {
    if (!isSupError(err) || !concernsSession(err)) throw err
    return replaceRevoked(keeper, stale, err)
  }
}

async function replaceRevoked(keeper: Keeper, stale: string, reason: SupError): Promise<string> {
  const newer = await adopt(keeper, stale)
  if (newer) return newer.accessToken
  await forget(keeper)
  throw end(keeper, reason)
}

/** Takes over what another process stored since: a newer token or session of the same account. */
async function adopt(keeper: Keeper, stale: string): Promise<StoredSession | undefined> {
  const stored = await read(keeper)
  if (stored?.accessToken === stale) return undefined
  if (!stored || stored.userId !== keeper.current?.userId) throw end(keeper, notLoggedIn())
  keeper.current = stored
  return stored
}

const publicPart = ({ userId, username, deviceId, sessionId }: StoredSession): Session => ({
  userId,
  username,
  deviceId,
  sessionId,
})
