import {
  type ClientEventType,
  type ErrorType,
  type EventType,
  type JobType,
  SocketFailure,
  SocketHandshake,
  outboxEvents,
  serverEvents,
} from '../../src/index.js'
import type { Defined, Definitions } from './definitions.js'
import { readGolden } from './golden.js'
import { type Json, type JsonObject, type SchemaBook, openSchemaBook } from './schema-book.js'

const SERVERS = {
  public: {
    host: 'localhost:8080',
    protocol: 'wss',
    description:
      'websocket-service behind nginx, Socket.IO 4 at `/socket.io/` and the same at `/ws/`.',
  },
  redis: {
    host: 'redis:6379',
    protocol: 'redis',
    description: 'Hints between services: published after the commit, may be lost.',
  },
  rabbitmq: {
    host: 'rabbitmq:5672',
    protocol: 'amqp',
    description: 'Duties: persistent, confirmed, delivered at least once.',
  },
  postgres: {
    host: 'postgres:5432',
    protocol: 'postgres',
    description: 'The table `outbox`: what must happen, written in the transaction of the change.',
  },
}

type Way = 'send' | 'receive'
type Channel = { key: string; address: string; server: keyof typeof SERVERS; title: string }

const SOCKETS: Channel = {
  key: 'sockets',
  address: '/socket.io/',
  server: 'public',
  title: 'Client sockets',
}
const CLEANUP: Channel = {
  key: 'cleanup',
  address: 'cleanup.#',
  server: 'rabbitmq',
  title: 'Queue `cleanup` of `sup-exchange`',
}
const MEDIA: Channel = {
  key: 'media',
  address: 'media.#',
  server: 'rabbitmq',
  title: 'Queue `media-processing` of `sup-exchange`',
}
const NOTIFICATIONS: Channel = {
  key: 'notifications',
  address: 'notification.#',
  server: 'rabbitmq',
  title: 'Queue `notifications` of `sup-exchange`',
}
const BULL_NOTIFICATIONS: Channel = {
  key: 'notificationJobs',
  address: 'bull:notifications',
  server: 'redis',
  title: 'Bull jobs of worker-service that push',
}
const EMAILS: Channel = {
  key: 'emails',
  address: 'email.#',
  server: 'rabbitmq',
  title: 'Queue `emails` of `sup-exchange`',
}
const OUTBOX: Channel = {
  key: 'outbox',
  address: 'outbox',
  server: 'postgres',
  title: 'The outbox',
}
const BULL: Channel = {
  key: 'jobs',
  address: 'bull:*',
  server: 'redis',
  title: 'Bull jobs of worker-service',
}

const BULL_EMAILS: Channel = {
  key: 'mailJobs',
  address: 'bull:emails',
  server: 'redis',
  title: 'Bull jobs of worker-service that send mail',
}

/** Of files whose jobs have a queue of their own. */
const BULL_OF: Readonly<Record<string, Channel>> = { push: BULL_NOTIFICATIONS, mail: BULL_EMAILS }

/** The AsyncAPI 3.0 document: client sockets both ways, Redis channels, duties, outbox and jobs. */
export function printAsyncApi(definitions: Definitions): JsonObject {
  const book = openSchemaBook()
  const parts = [...printSocketParts(book, definitions), ...printServiceParts(book, definitions)]
  return book.close({
    asyncapi: '3.0.0',
    info: {
      title: 'SUP Messenger, events',
      version: '1.0.0',
      license: { name: 'AGPL-3.0-only' },
      description:
        'Seen from the server: `receive` is what clients send, `send` is what they get. What a client must do first is the handshake, `x-handshake` of the channel `sockets`. What a socket misses is fetched by `GET /api/v1/sync`.',
    },
    defaultContentType: 'application/json',
    servers: SERVERS,
    channels: printChannels(book, parts),
    operations: Object.fromEntries(parts.map((part) => [part.operation, printOperation(part)])),
    components: {
      schemas: {},
      messages: Object.fromEntries(parts.map(({ name, message }) => [name, message])),
    },
  })
}

/** One message on one channel, and which way it goes. */
type Part = { name: string; channel: Channel; way: Way; operation: string; message: JsonObject }

function printSocketParts(book: SchemaBook, { events, clientEvents }: Definitions): Part[] {
  const sent = new Set<EventType>(serverEvents)
  return [
    ...clientEvents.map(({ name, spec }) => ({
      ...partOf(SOCKETS, 'receive', name),
      message: printClientMessage(book, name, spec),
    })),
    ...events
      .filter(({ spec }) => sent.has(spec))
      .map(({ name, spec }) => ({
        ...partOf(SOCKETS, 'send', name),
        message: printMessage(book, name, spec),
      })),
  ]
}

function printServiceParts(book: SchemaBook, { events, jobs }: Definitions): Part[] {
  const outbox = new Set<EventType>(outboxEvents)
  const place = ({ name, file, spec }: Defined<EventType>): Channel | undefined => {
    if (file === 'hints')
      return { key: name, address: spec.name, server: 'redis', title: spec.summary }
    if (!['duties', 'push', 'mail'].includes(file)) return undefined
    if (outbox.has(spec)) return OUTBOX
    if (file === 'push') return NOTIFICATIONS
    if (file === 'mail') return EMAILS
    return spec.name.startsWith('media.') ? MEDIA : CLEANUP
  }
  return [
    ...events.flatMap((event) => {
      const channel = place(event)
      if (channel === undefined) return []
      const message = printMessage(book, event.name, event.spec)
      return [{ ...partOf(channel, 'send', event.name), message }]
    }),
    ...jobs.map(({ name, file, spec }) => ({
      ...partOf(BULL_OF[file] ?? BULL, 'receive', name),
      message: printJob(book, name, spec),
    })),
  ]
}

function partOf(channel: Channel, way: Way, name: string): Omit<Part, 'message'> {
  return { name, channel, way, operation: `${way}.${channel.key}.${name}` }
}

function printMessage(book: SchemaBook, name: string, spec: EventType): JsonObject {
  return {
    name: spec.name,
    title: spec.name,
    summary: spec.summary,
    payload: book.print(spec.payload, 'output'),
    examples: Object.entries(readGolden('events', name)).map(([which, { payload }]) =>
      printExample(which, payload),
    ),
  }
}

function printClientMessage(book: SchemaBook, name: string, spec: ClientEventType): JsonObject {
  const examples = Object.entries(readGolden('client-events', name))
  return {
    name: spec.name,
    title: spec.name,
    summary: spec.summary,
    payload: book.print(spec.payload, 'input'),
    examples: examples.map(([which, { payload }]) => printExample(which, payload)),
    'x-ack': {
      schema: { anyOf: [book.print(spec.ack, 'output'), book.print(SocketFailure, 'output')] },
      examples: examples.map(([, { ack }]) => ack as Json),
      errors: codesOf(spec.errors),
    },
  }
}

function printJob(book: SchemaBook, name: string, spec: JobType): JsonObject {
  return {
    name: spec.name,
    title: spec.name,
    summary: spec.summary,
    payload: book.print(spec.payload, 'input'),
    examples: Object.entries(readGolden('jobs', name)).map(([which, { payload }]) =>
      printExample(which, payload),
    ),
    'x-attempts': spec.attempts,
    'x-timeout-ms': spec.timeoutMs,
  }
}

function printExample(name: string, payload: unknown): JsonObject {
  // The examples of AsyncAPI hold objects; every payload of the contract is one.
  return { name, payload: payload as JsonObject }
}

function codesOf(errors: readonly ErrorType[]): string[] {
  return [...new Set(errors.map(({ code }) => code))].sort()
}

function printChannels(book: SchemaBook, parts: readonly Part[]): JsonObject {
  const channels = new Map(parts.map(({ channel }) => [channel.key, channel]))
  return Object.fromEntries(
    [...channels.values()].map((channel) => {
      const messages = parts.filter((part) => part.channel.key === channel.key)
      return [channel.key, printChannel(book, channel, messages)]
    }),
  )
}

function printChannel(book: SchemaBook, channel: Channel, parts: readonly Part[]): JsonObject {
  const parameters = [...channel.address.matchAll(/\{(\w+)\}/g)].map((match) => [
    match[1],
    { description: 'A UUID in lower case.' },
  ])
  return {
    address: channel.address,
    title: channel.title,
    servers: [{ $ref: `#/servers/${channel.server}` }],
    ...(parameters.length === 0
      ? {}
      : { parameters: Object.fromEntries(parameters) as JsonObject }),
    messages: Object.fromEntries(
      parts.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    ...(channel === SOCKETS ? { 'x-handshake': book.print(SocketHandshake, 'input') } : {}),
  }
}

function printOperation({ channel, way, name, message }: Part): JsonObject {
  return {
    action: way,
    channel: { $ref: `#/channels/${channel.key}` },
    summary: message['summary'] ?? '',
    messages: [{ $ref: `#/channels/${channel.key}/messages/${name}` }],
  }
}
