import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { findChat } from '../targets.js'

/** The conversation itself. */
export function addChatCommand(program: Command, act: Act): void {
  withExamples(
    program.command('chat <to>').description('talk: write lines, read what others write'),
    ['sup chat bob', 'Ctrl-D ends'],
    ['sup chat "#Summer trip"', 'in a group'],
    ['tail -f app.log | sup chat ops', 'sends each line that comes in'],
  )
    .option('--plain-form', 'in an e2ee chat send and show texts without encrypting: for tests')
    .action(act(talk))
}

async function talk(
  context: Context,
  to: string,
  { plainForm = false }: { plainForm?: boolean },
): Promise<void> {
  await withAccount(context, async (client) => {
    const chat = await findChat(context, client, to)
    const talk = { context, client, chat, isPlainForm: plainForm }
    if (context.isInteractive) {
      const { talkOnScreen } = await import('../chat/talk-on-screen.js')
      await talkOnScreen(talk)
    } else {
      const { talkInLines } = await import('../chat/talk-in-lines.js')
      await talkInLines(talk)
    }
  })
}
