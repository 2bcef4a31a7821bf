import { type Client, createClient, createMemoryStorage } from '@sup/sdk'
import * as contract from '@sup/types'
import { start } from 'node:repl'
import { DEMO_PEOPLE } from './seed.js'
import { findRunningStack } from './stack/running-stack.js'

/** A demo person at the prompt. */
type Person = {
  client: Client
  /** Sends a text to somebody by username. */
  send: (to: string, text: string) => Promise<unknown>
  /** The newest messages with somebody, oldest first. */
  read: (from: string) => Promise<string[]>
  /** Any endpoint of the contract: `alice.call(contract.listChats, {})`. */
  call: Client['call']
}

const server = process.env['SUP_SERVER'] ?? findRunningStack()?.publicUrl

if (server === undefined) {
  console.error('No local stack is running. Start one with: npm start')
  process.exit(7)
}

const people = await logInAll(server)
const names = Object.keys(people).join(', ')
console.log(`SUP at ${server}. There is contract, people, and ${names}. Try:`)
console.log("  await alice.send('bob', 'hi')    await bob.read('alice')")
console.log('  (await alice.call(contract.listChats, {})).data.map((chat) => chat.name)')
const repl = start({ prompt: 'sup> ' })
Object.assign(repl.context, { contract, people, ...people })
repl.on('exit', () => {
  for (const { client } of Object.values(people)) client.close()
  process.exit(0)
})

async function logInAll(address: string): Promise<Record<string, Person>> {
  const found: Record<string, Person> = {}
  for (const { username, password } of DEMO_PEOPLE.slice(0, 2)) {
    const client = await createClient({ server: address, storage: createMemoryStorage() })
    const device = { name: 'console', platform: 'other' as const }
    await client.accounts.logIn({ identifier: username, password, device })
    found[username] = makePerson(client)
  }
  return found
}

function makePerson(client: Client): Person {
  const chatWith = async (username: string): Promise<string> => {
    const user = (await client.chats.findUsers(username)).find((one) => one.username === username)
    if (!user) throw new Error(`there is no ${username}`)
    return (await client.chats.openDirect(user.id, 'managed')).id
  }
  return {
    client,
    call: client.call,
    send: async (to, text) =>
      (await client.messages.send(await chatWith(to), { content: text })).stored(),
    read: async (from) => {
      const { messages } = await client.messages.history(await chatWith(from), { limit: 20 })
      return messages.map((message) => message.content ?? '')
    },
  }
}
