import { type AuthResult, type Chat, presenceEvent, refreshSession, typingEvent } from '@sup/types'
import { type Accounts, createAccounts } from './api/accounts.js'
import { type Chats, createChats } from './api/chats.js'
import { type Media, createMedia } from './api/media.js'
import { type Messages, createMessages } from './api/messages.js'
import { type Clock, systemClock } from './base/clock.js'
import { type Emitter, createEmitter } from './base/emitter.js'
import { type Log, silentLog } from './base/log.js'
import { notLoggedIn } from './base/sup-error.js'
import { createUuids } from './base/uuid.js'
import type { ClientEvents, ClientState } from './client-events.js'
import { createEngine, stopEngine } from './engine/engine.js'
import type { Engine } from './engine/parts.js'
import { claimStorage, wipe } from './engine/ownership.js'
import { type Call, createCall } from './http/call.js'
import { createFetchBytes } from './http/fetch-bytes.js'
import type { Outbox } from './outbox/outbox.js'
import { type Session, type Tokens, createTokens } from './session/tokens.js'
import type { Storage } from './storage/storage.js'

export type ClientOptions = {
  /** Where the server is, `https://chat.example.org`; without a path. */
  server: string
  /** Of this client alone, or of the processes of one person's device. */
  storage: Storage
  fetch?: typeof fetch
  clock?: Clock
  log?: Log
  /** How many of the newest positions of each chat have their messages stored; default 1000. */
  keepMessages?: number
}

export type Client = {
  call: Call
  accounts: Accounts
  chats: Chats
  messages: Messages
  media: Media
  /** Own messages on their way. @throws SupError UNAUTHORIZED while nobody is logged in. */
  outbox: () => Pick<Outbox, 'list' | 'find' | 'retry' | 'discard'>
  on: Emitter<ClientEvents>['on']
  session: () => Session | undefined
  state: () => ClientState
  /**
   * Opens the socket and keeps it open; what was missed is fetched first. Messages that an earlier
   * process left unsent go out with the first `connect`, `sync` or `send`.
   */
  connect: () => void
  disconnect: () => void
  /** Fetches everything missed, without a socket. */
  sync: () => Promise<void>
  /** Says that one types, or stops; lost while there is no connection. */
  setTyping: (chatId: string, isTyping: boolean) => void
  setPresence: (status: 'online' | 'away' | 'offline') => void
  /** Ends everything; unsent messages stay in the storage, which remains open. */
  close: () => void
}

type Keeper = Required<ClientOptions> & {
  tokens: Tokens
  call: Call
  emitter: Emitter<ClientEvents>
  engine?: Engine | undefined
}

/** Makes a client, and takes up the session that its storage holds. */
export async function createClient(options: ClientOptions): Promise<Client> {
  const self = createKeeper(options)
  const engine = (): Engine => {
    if (!self.engine) throw notLoggedIn()
    return self.engine
  }
  const session = await self.tokens.load()
  if (session) await begin(self, session.userId)
  return {
    call: self.call,
    accounts: createAccounts({
      call: self.call,
      storage: self.storage,
      begin: (result) => logIn(self, result),
      finish: () => logOut(self),
    }),
    chats: createChats({
      call: self.call,
      newId: createUuids(self.clock),
      known: () => knownChats(engine()),
    }),
    messages: createMessages({ call: self.call, engine }),
    media: createMedia({ ...self, fetchBytes: createFetchBytes(self) }),
    outbox: () => engine().outbox,
    on: self.emitter.on,
    session: self.tokens.session,
    state: () => self.engine?.state ?? 'offline',
    connect: () => {
      engine().outbox.resume()
      engine().connection.open()
    },
    disconnect: () => {
      engine().connection.close()
    },
    sync: () => {
      engine().outbox.resume()
      return engine().catchUp.round()
    },
    setTyping: (chatId, isTyping) => {
      engine().connection.tell(typingEvent, { chatId, isTyping })
    },
    setPresence: (status) => {
      engine().connection.tell(presenceEvent, { status })
    },
    close: () => {
      end(self)
    },
  }
}

/** A refresh is repeated only within the time in which the server gives the same answer again. */
const REFRESH = { attempts: 2, timeoutMs: 4000 }

function createKeeper(options: ClientOptions): Keeper {
  const { storage, clock = systemClock, log = silentLog, keepMessages = 1000 } = options
  const server = options.server.replace(/\/+$/, '')
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
  const emitter = createEmitter<ClientEvents>(log)
  const tokens = createTokens({
    storage,
    clock,
    log,
    refresh: async (refreshToken) =>
      (await call(refreshSession, { body: { refreshToken } }, REFRESH)).data,
    onEnd: (reason) => {
      end(self)
      emitter.emit('state', { state: 'ended', reason })
    },
  })
  const call = createCall({ fetch, server, tokens, clock, log })
  const self: Keeper = { server, storage, fetch, clock, log, keepMessages, tokens, call, emitter }
  return self
}

async function begin(self: Keeper, me: string): Promise<void> {
  end(self)
  await claimStorage(self.storage, me)
  self.engine = await createEngine({ ...self, me })
  await self.engine.outbox.load()
}

async function logIn(self: Keeper, result: AuthResult): Promise<void> {
  await self.tokens.store(result)
  await begin(self, result.user.id)
}

async function logOut(self: Keeper): Promise<void> {
  end(self)
  await self.tokens.forget()
  await wipe(self.storage)
}

function end(self: Keeper): void {
  if (self.engine) stopEngine(self.engine)
  self.engine = undefined
}

const knownChats = ({ world }: Engine): Chat[] =>
  [...world.tracks.values()]
    .map(({ chat }) => chat)
    .sort((a, b) => (a.updatedAt > b.updatedAt ? -1 : 1))
