// Has the modules under test speak English, as a page does once its language is loaded.
import { readFileSync } from 'node:fs';

import { speak } from '../../static/js/page/lang.js';

const texts = JSON.parse(readFileSync(new URL('../../static/lang/en.json', import.meta.url)));
speak('en', texts, texts);
