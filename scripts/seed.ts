import { type Client, createClient, createMemoryStorage, isSupError } from '@sup/sdk'

/** Log-ins for trying things out on one's own machine. They are printed in the README: never use them elsewhere. */
export const DEMO_PEOPLE = [
  { username: 'alice', password: 'four-paper-boats', displayName: 'Alice Lindqvist' },
  { username: 'bob', password: 'nine-wooden-stairs', displayName: 'Bob Okafor' },
  { username: 'carol', password: 'six-copper-kettles', displayName: 'Карина Белова' },
  { username: 'dave', password: 'two-garden-gates', displayName: 'デーブ' },
] as const

type Username = (typeof DEMO_PEOPLE)[number]['username']

/** Who says what in the group; each line waits for the one before it. */
const GROUP_TALK: readonly [Username, string][] = [
  ['alice', 'Welcome to the rowing club! First outing is Saturday at seven.'],
  ['bob', "I'll bring coffee ☕"],
  ['carol', 'Суббота подходит. Кто за рулём?'],
  ['dave', '七時は早いですね…でも行きます！'],
  ['alice', 'Great. Meet at the boathouse:\n1. jackets\n2. spare oars\n3. Bob’s coffee'],
]

/**
 * Makes the demo people with a few chats, through the SDK as anybody would. When alice exists already,
 * nothing is done.
 *
 * @param options `server`: address of nginx, without a path.
 */
export async function seedDemoPeople({ server }: { server: string }): Promise<void> {
  const people = new Map<Username, Client>()
  try {
    for (const person of DEMO_PEOPLE) {
      const client = await createClient({ server, storage: createMemoryStorage() })
      people.set(person.username, client)
      await client.accounts.register({ ...person, device: { name: 'phone', platform: 'ios' } })
    }
    await fillChats(people)
  } catch (err) {
    if (!isSupError(err) || err.code !== 'ALREADY_EXISTS') throw err
  } finally {
    for (const client of people.values()) client.close()
  }
}

async function fillChats(people: ReadonlyMap<Username, Client>): Promise<void> {
  const client = (name: Username): Client => {
    const found = people.get(name)
    if (!found) throw new Error(`there is no ${name}`)
    return found
  }
  const userId = (name: Username): string => client(name).session()?.userId ?? ''
  const say = async (name: Username, chatId: string, content: string): Promise<void> => {
    await (await client(name).messages.send(chatId, { content })).stored()
  }
  const alice = client('alice')
  const direct = await alice.chats.openDirect(userId('bob'), 'managed')
  await say('alice', direct.id, 'Hi Bob, this is SUP. Try: ./scripts/sup --profile bob chat alice')
  const group = await alice.chats.create({
    type: 'group',
    name: 'Rowing club',
    encryption: 'managed',
    memberIds: [userId('bob'), userId('carol'), userId('dave')],
  })
  for (const [name, text] of GROUP_TALK) await say(name, group.id, text)
}
