import { Application, Converter } from 'typedoc';

/** What stands in the site's sidebar for a file of this path, whose extension is left out already. */
const PLACES = [
  [/^docs\/(.*)$/, 'Guides', '$1'],
  [/^examples\/(.*)\/README$/, 'Examples', 'example-$1'],
  [/^(.*)\/README$/, 'Project', '$1'],
  [/^(.*)$/, 'Project', '$1'],
];

/**
 * A plugin of TypeDoc: groups the documents, in the order in which `projectDocuments` lists them, names them, and gives
 * their headings the anchors that they have on GitHub.
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const [path, group, name] = PLACES.find(([pattern]) => pattern.test(document.name));
    document.frontmatter.group = group;
    document.name = document.name.replace(path, name);
  });
  // What is set earlier is lost when TypeDoc reads its options once more.
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue('markdownItLoader', (parser) => {
      parser.core.ruler.push('code_in_headings', codeInHeadings);
    });
  });
}

/** TypeDoc makes a heading's anchor of its text, and finds none in `code` unless it has a child of this type. */
function codeInHeadings({ tokens }) {
  for (const [i, { type }] of tokens.entries()) {
    if (type !== 'heading_open') continue;
    for (const token of tokens[i + 1].children) {
      if (token.type === 'code_inline') token.children = [{ type: 'text', content: token.content }];
    }
  }
}
