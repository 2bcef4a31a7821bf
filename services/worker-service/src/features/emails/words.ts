/** Everything the mails say in one language. What is put in is text of people: it is escaped when it is written. */
export type Words = {
  /** BCP 47, also for dates. */
  language: string
  hello: (name: string) => string
  /** Ends every mail; `server` is its address. */
  sender: (server: string) => string
  verifyEmail: {
    subject: string
    intro: string
    link: string
    life: (until: string) => string
    ignore: string
  }
  passwordReset: {
    subject: string
    intro: string
    link: string
    life: (until: string) => string
    ignore: string
  }
  newLogIn: {
    subject: string
    intro: string
    device: (name: string) => string
    time: (time: string) => string
    address: (address: string) => string
    advice: string
  }
  addressUsed: { subject: string; intro: (time: string) => string; advice: string }
  newMessage: { subject: string; intro: string }
  digest: { subject: string; intro: string }
  missed: {
    /** One line of the list. */
    chat: (name: string, unread: number) => string
    nameless: string
    moreChats: (count: number) => string
    encryptedChats: (count: number) => string
    open: string
    why: string
    stop: string
  }
  accountDeletion: { subject: string; intro: (time: string) => string; advice: string }
  exportReady: { subject: string; intro: string; link: string; life: (until: string) => string }
}
