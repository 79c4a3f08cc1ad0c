// The page's policy allows no code made from text. A file of its own, ahead of all modules: zod's schemas look at this when
// they are made, and a bundler may evaluate them before the first line of the page's own code.
// oxlint-disable-next-line no-underscore-dangle -- the name is zod's
globalThis.__zod_globalConfig = { jitless: true };
