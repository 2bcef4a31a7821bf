import type { Words } from './words.js'

export const zh: Words = {
  language: 'zh',
  hello: (name) => `${name}，您好：`,
  sender: (server) => `此邮件由 ${server} 自动发送，请勿回复。`,
  verifyEmail: {
    subject: '确认您的电子邮件地址',
    intro: '请输入以下验证码，确认此地址属于您：',
    link: '确认地址',
    life: (until) => `验证码和链接只能使用一次，有效期至 ${until}。`,
    ignore: '如果您没有提出此请求，请忽略本邮件，不会有任何影响。',
  },
  passwordReset: {
    subject: '重置您的密码',
    intro: '有人请求重置您帐户的密码。请在此设置新密码：',
    link: '设置新密码',
    life: (until) => `链接只能使用一次，有效期至 ${until}。`,
    ignore: '如果不是您本人操作，请忽略本邮件，您的密码不会改变。',
  },
  newLogIn: {
    subject: '您的帐户有新的登录',
    intro: '有人在一台此前未使用过的设备上登录了您的帐户。',
    device: (name) => `设备：${name}`,
    time: (time) => `时间：${time}`,
    address: (address) => `地址：${address}`,
    advice: '如果是您本人，无需任何操作。否则请更改密码，并在设置中移除该设备。',
  },
  addressUsed: {
    subject: '您的电子邮件地址被他人使用',
    intro: (time) => `${time}，有人试图将您的电子邮件地址用于另一个帐户。`,
    advice: '对方无法确认该地址，您的帐户没有任何变化，无需操作。',
  },
  newMessage: { subject: '您有新消息', intro: '有新消息等待您查看：' },
  digest: { subject: '您错过的消息', intro: '您离开期间收到了以下消息：' },
  missed: {
    chat: (name, unread) => `${name}：${unread} 条未读`,
    nameless: '聊天',
    moreChats: (count) => `其他聊天：${count}`,
    encryptedChats: (count) => `有新消息的端到端加密聊天：${count}`,
    open: '打开 SUP',
    why: '您收到此邮件，是因为您在设置中选择了接收。',
    stop: '不再接收此类邮件',
  },
  accountDeletion: {
    subject: '您的帐户将被删除',
    intro: (time) => `您的帐户及其全部内容将于 ${time} 删除。`,
    advice: '如需保留，请在此之前登录，并在设置中取消删除。',
  },
  exportReady: {
    subject: '您的数据导出已就绪',
    intro: '您请求的数据副本现在可以下载。',
    link: '下载导出文件',
    life: (until) => `链接有效期至 ${until}。请勿转发：下载不需要密码。`,
  },
}
