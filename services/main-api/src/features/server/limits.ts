import { bucketRates } from '@sup/service-kit/redis'
import { LIMITS } from '@sup/types'
import type { Config } from '../../config.js'

/** Every number a client must know: those of the contract, and those this server was configured with. */
export function clientLimits(config: Config): Record<string, unknown> {
  const perMinute = {
    api: config.RATE_LIMIT_API_PER_MINUTE,
    auth: config.RATE_LIMIT_AUTH_PER_MINUTE,
    messages: config.RATE_LIMIT_MESSAGES_PER_MINUTE,
    search: 30,
  }
  const { rate, burst } = bucketRates(config).socketEvents
  return {
    ...LIMITS,
    groupMembers: config.MAX_GROUP_MEMBERS,
    nativeConnectionsPerUser: config.WS_MAX_CONNECTIONS_PER_USER,
    messageEditWindowSeconds: config.MESSAGE_EDIT_WINDOW_SECONDS,
    accessTokenSeconds: config.JWT_EXPIRES_IN,
    refreshTokenDays: config.REFRESH_TOKEN_TTL_DAYS,
    presenceSeconds: config.PRESENCE_TTL,
    mediaMaxBytes: config.MEDIA_MAX_BYTES,
    mediaQuotaBytes: config.MEDIA_QUOTA_BYTES,
    storyHours: config.STORY_TTL_HOURS,
    rates: { perMinute, socketEventsPerSecond: { rate, burst } },
  }
}
