import type { Words } from './words.js'

export const fr: Words = {
  language: 'fr',
  hello: (name) => `Bonjour ${name},`,
  sender: (server) =>
    `Ce message a été envoyé automatiquement par ${server}. Merci de ne pas y répondre.`,
  verifyEmail: {
    subject: 'Confirmez votre adresse e-mail',
    intro: 'Saisissez ce code pour confirmer que cette adresse est bien la vôtre :',
    link: 'Confirmer l’adresse',
    life: (until) => `Le code et le lien fonctionnent une seule fois, jusqu’au ${until}.`,
    ignore: 'Si vous n’avez rien demandé, ignorez ce message : rien ne se passera.',
  },
  passwordReset: {
    subject: 'Réinitialisez votre mot de passe',
    intro:
      'Quelqu’un a demandé à réinitialiser le mot de passe de votre compte. Choisissez-en un nouveau ici :',
    link: 'Choisir un nouveau mot de passe',
    life: (until) => `Le lien fonctionne une seule fois, jusqu’au ${until}.`,
    ignore: 'Si ce n’était pas vous, ignorez ce message : votre mot de passe reste inchangé.',
  },
  newLogIn: {
    subject: 'Nouvelle connexion à votre compte',
    intro: 'Quelqu’un s’est connecté à votre compte sur un appareil jusque-là inconnu.',
    device: (name) => `Appareil : ${name}`,
    time: (time) => `Date : ${time}`,
    address: (address) => `Adresse : ${address}`,
    advice:
      'Si c’était vous, il n’y a rien à faire. Sinon, changez votre mot de passe et retirez l’appareil dans les réglages.',
  },
  addressUsed: {
    subject: 'Votre adresse e-mail a été utilisée',
    intro: (time) =>
      `Le ${time}, quelqu’un a voulu utiliser votre adresse e-mail pour un autre compte.`,
    advice: 'Cette personne ne peut pas la confirmer et rien n’a changé pour vous.',
  },
  newMessage: {
    subject: 'Vous avez de nouveaux messages',
    intro: 'De nouveaux messages vous attendent :',
  },
  digest: {
    subject: 'Ce que vous avez manqué',
    intro: 'Voici ce qui est arrivé en votre absence :',
  },
  missed: {
    chat: (name, unread) => `${name} : non lus : ${unread}`,
    nameless: 'Discussion',
    moreChats: (count) => `Autres discussions : ${count}`,
    encryptedChats: (count) =>
      `Discussions chiffrées de bout en bout avec de nouveaux messages : ${count}`,
    open: 'Ouvrir SUP',
    why: 'Vous recevez ce message parce que vous l’avez demandé dans vos réglages.',
    stop: 'Ne plus recevoir ces messages',
  },
  accountDeletion: {
    subject: 'Votre compte va être supprimé',
    intro: (time) => `Votre compte et tout ce qu’il contient seront supprimés le ${time}.`,
    advice:
      'Pour le garder, connectez-vous avant cette date et annulez la suppression dans les réglages.',
  },
  exportReady: {
    subject: 'Votre export est prêt',
    intro: 'La copie de vos données que vous avez demandée peut être récupérée.',
    link: 'Récupérer l’export',
    life: (until) =>
      `Le lien fonctionne jusqu’au ${until}. Gardez-le pour vous : il ne demande pas de mot de passe.`,
  },
}
