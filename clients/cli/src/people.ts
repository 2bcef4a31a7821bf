import type { Client } from '@sup/sdk'
import type { Chat } from '@sup/types'
import { oneLine } from './format.js'

/** Names of people by id, asked for once. */
export type People = {
  /** Learns the names of these people; who cannot be found stays unknown. */
  learn: (userIds: Iterable<string>) => Promise<void>
  learnFrom: (chat: Chat) => void
  name: (userId: string) => string
}

const NAME_LENGTH = 32

export function createPeople(client: Client): People {
  const names = new Map<string, string>()
  const keep = (id: string, name: string): void => {
    names.set(id, oneLine(name, NAME_LENGTH))
  }
  async function learnOne(id: string): Promise<void> {
    if (names.has(id)) return
    try {
      const { displayName, nickname } = await client.chats.getUser(id)
      keep(id, nickname ?? displayName)
    } catch {
      names.set(id, 'somebody')
    }
  }
  return {
    async learn(userIds) {
      await Promise.all([...new Set(userIds)].map(learnOne))
    },
    learnFrom({ peer }) {
      if (peer) keep(peer.id, peer.nickname ?? peer.displayName)
    },
    name: (id) => (id === client.session()?.userId ? 'you' : (names.get(id) ?? 'somebody')),
  }
}

/** What a chat is called for this person. */
export const titleOf = ({ name, peer, id }: Chat): string =>
  oneLine(name ?? peer?.nickname ?? peer?.displayName ?? id, 64)
