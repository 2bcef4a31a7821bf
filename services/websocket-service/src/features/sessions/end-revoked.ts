import type { Revocation } from '@sup/types'
import { closeSocket } from '../../close-socket.js'
import type { Needs } from '../../deps.js'

/**
 * Carries out what ended, or has to be read again, on this node: sessions, devices and accounts lose their
 * sockets, memberships their rooms, audiences what is kept about them.
 */
export function endRevoked(
  needs: Needs<
    'connections' | 'revocations' | 'memberships' | 'presence' | 'hiddenPairs' | 'metrics'
  >,
  { kind, userId, chatId }: Revocation,
): void {
  switch (kind) {
    case 'membership':
      if (chatId !== undefined) needs.memberships.leave(userId, chatId)
      break
    case 'audience':
      needs.presence.dropAudience(userId)
      needs.hiddenPairs.drop(userId)
      needs.memberships.refresh(userId)
      break
    case 'session':
    case 'device':
    case 'user':
      endSockets(needs, userId)
      break
    case 'app_user':
      // Concerns the tokens that a host application issues: these sockets do not take them.
      break
  }
}

function endSockets(
  { connections, revocations, metrics }: Needs<'connections' | 'revocations' | 'metrics'>,
  userId: string,
): void {
  for (const connection of [...(connections.find(userId)?.connections ?? [])]) {
    if (revocations.isRevoked(connection))
      closeSocket(connection.socket, 'SESSION_REVOKED', metrics)
  }
}
