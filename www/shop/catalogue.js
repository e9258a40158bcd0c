// What the demo shop sells. Prices are in euros; `picture` is a symbol of goods.svg,
// `tint` a colour class of shop.css.
export const GOODS = [
  { sku: 'thread-indigo', name: 'Linen thread, indigo', price: 4.2, picture: 'spool', tint: 'indigo', about: 'Wet-spun linen, three-ply and lightly waxed. Holds a button for as long as the coat lasts. 100 m on a beech spool.' },
  { sku: 'thread-gold', name: 'Topstitch thread, gold', price: 4.8, picture: 'spool', tint: 'gold', about: 'The heavy gold line on the seam of every pair of jeans worth repairing. 80 m on a beech spool.' },
  { sku: 'thread-madder', name: 'Silk thread, madder', price: 6.5, picture: 'spool', tint: 'madder', about: 'Filament silk with a soft shine, dyed with madder root; no two batches are quite alike. 50 m.' },
  { sku: 'needles-sharps', name: 'Sharps, sizes 3 to 9', price: 3.4, picture: 'needles', tint: 'steel', about: 'Sixteen nickel-plated needles with eyes that let a tired evening’s eyes find them. In a folded paper case.' },
  { sku: 'buttons-horn', name: 'Horn buttons, six', price: 7.9, picture: 'button', tint: 'horn', about: 'Turned from horn, four holes, 20 mm. The grain runs through; they age with the jacket.' },
  { sku: 'thimble-brass', name: 'Brass thimble', price: 9.5, picture: 'thimble', tint: 'brass', about: 'Solid brass, knurled on the crown so that the needle never slips. Three sizes in one: it gives a little.' },
];

/** The two accounts anyone may sign in to. */
export const ACCOUNTS = {
  user_123: { id: 'user_123', email: 'user@example.com', plan: 'pro' },
  user_456: { id: 'user_456', email: 'other@example.com', plan: 'free' },
};
