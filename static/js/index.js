// The client, from the outside in: tables, connection, world, picture, hands and feet, panels, and the frame that
// turns them over. Each line leads to the file that does what it says.

import { createAccount } from './page/account.js';
import { createActions } from './input/actions.js';
import { Atlas } from './world/atlas.js';
import { Brush } from './world/brush.js';
import { Camera } from './view/camera.js';
import { Chat } from './chat/chat.js';
import { ChunkPictures } from './view/chunks.js';
import { Codec } from './net/codec.js';
import { createConnectionNotice } from './panels/connection.js';
import { byId, iconButton } from './page/dom.js';
import { createEffects } from './view/effects.js';
import { Explored } from './world/explored.js';
import { Figures } from './view/figures.js';
import { begin, eachFrame } from './view/frames.js';
import { Friends } from './chat/friends.js';
import { Going } from './world/going.js';
import { Hands } from './world/hands.js';
import { Input } from './input/input.js';
import { Crowd, ServerClock } from './world/interpolate.js';
import { Labels } from './view/labels.js';
import { Land } from './world/land.js';
import { Landmarks } from './world/landmarks.js';
import { Net } from './net/net.js';
import { openAgent } from './panels/agent.js';
import { createAround } from './panels/around.js';
import { createBag } from './panels/bag.js';
import { createChest } from './panels/chest.js';
import { createChatBox } from './panels/chatbox.js';
import { createGoingHome } from './panels/going_home.js';
import { createHomecoming } from './panels/homecoming.js';
import { createHints } from './panels/hints.js';
import { createHotbar } from './panels/hotbar.js';
import { createColours } from './panels/colours.js';
import { createFinds, openJournal } from './panels/journal.js';
import { createKeyTips } from './panels/keys.js';
import { openLand } from './panels/land.js';
import { openMap } from './panels/map.js';
import { openSearch } from './panels/search.js';
import { createMinimap } from './panels/minimap.js';
import { openPeople } from './panels/people.js';
import { languageChoice, openSettings } from './panels/settings.js';
import { createScroll } from './panels/scroll.js';
import { createSign } from './panels/sign.js';
import { createWheel } from './panels/wheel.js';
import { toast } from './panels/toast.js';
import { Particles } from './view/particles.js';
import { Predictor } from './world/predict.js';
import { Renderer } from './view/render.js';
import { Signs } from './world/signs.js';
import { Sky } from './view/sky.js';
import { Sound } from './page/sound.js';
import { World } from './world/state.js';
import { Tiles } from './view/tiles.js';
import { createTitle } from './view/title.js';
import { createTouch } from './input/touch.js';
import { Walk } from './world/walk.js';

const tables = await begin();
const rules = tables.world;
const tickMs = 1000 / rules.tick_hz;

// What is known
const net = new Net(new Codec(tables.protocol), tables.edition);
const world = new World(rules);
const land = new Land(world, net);
const clock = new ServerClock(tickMs);
const crowd = new Crowd(world, clock);
const predictor = new Predictor(rules, (x, y) => world.solid(x, y));
const chat = new Chat(net, world);
const friends = new Friends(net, toast);
const explored = new Explored(world, new Atlas());

// What is seen and heard
const camera = new Camera(byId('world'));
const tiles = new Tiles(world.kinds);
const chunks = new ChunkPictures(world, tiles);
const figures = new Figures(world, crowd, predictor, tiles);
const particles = new Particles();
const sky = new Sky(net, clock, rules.day_ticks);
const labels = new Labels(world, camera);
const landmarks = new Landmarks({ net, world, land, friends, figures });
const signs = new Signs({ net, world, camera, reader: predictor });
const sound = new Sound();
let drawTitle = createTitle(rules, tiles, camera.canvas);
const hands = new Hands({ world, net, predictor, tiles, land });
const brush = new Brush({ world, net, land, hands });
const renderer = new Renderer({ world, camera, tiles, chunks, figures, particles, land, aim: hands.aim });

// What the player does
languageChoice(byId('account-language'));
byId('account-watch').hidden = !tables.watch;
byId('account-register').hidden = !tables.register;
const account = createAccount(net);
const hintDone = createHints();
const chatBox = createChatBox({ chat, world, maxText: net.codec.longest('say', 'text'), toast, search: () => openSearch({ net, world, chat }), covered: (free) => { camera.free = free; } });
const wheel = createWheel({ net, world, toast, hintDone });
const openBag = createBag({ net, world, hands, tiles, sound, toast });
const panels = {
  bag: () => {
    hintDone('bag');
    openBag();
  },
  map: () => openMap({ goTo: (tile) => actions.goTo(tile), world, land, figures, friends, explored, landmarks, toast }),
  people: () => openPeople({ net, world, friends, talkTo: chatBox.talkTo, toast, watched: tables.watch }),
  land: () => openLand({ net, world, land, hands, friends, toast }),
  colours: createColours({ world, tables }),
  journal: () => openJournal({ net, toast, sound, chat }),
  agent: () => openAgent({ net, world, chat, figures, toast }),
  settings: () => openSettings({ sound, camera, world, chat, toast, logOut: () => account.leave() }),
};
const going = new Going({ net, world, predictor });
const goHome = createGoingHome({ world, hands });
const actions = createActions({ goHome, hands, brush, camera, figures, chatBox, panels, world, sound, going, hintDone, wheel });
const input = new Input(camera.canvas, actions);
createTouch(camera.canvas, input, actions);
const walk = new Walk(net, predictor, input, going, tickMs);
createChest({ net, world, hands, tiles, sound, toast });
createHotbar(world, tiles, actions.select);
const tellAround = createAround(world, figures, hands, land, signs);
const drawMinimap = createMinimap(world, figures, land, explored, () => figures.own);
const openSign = createSign({ net, signs, sound, toast }, net.codec.longest('write', 'text'));
hands.onScroll = createScroll({ net, sound, toast }, net.codec.longest('hide', 'text'));
createFinds({ net, toast, sound });
createEffects({ net, world, chat, hands, walk, going, figures, particles, tiles, labels, sound, toast, hintDone, openSign });

world.follow(net);
crowd.follow(net);
explored.start();
createHomecoming({ net, world, chat, figures, toast });
createConnectionNotice({ net, world, account });
for (const [id, sign] of [['map', 'map'], ['bag', 'bag'], ['people', 'people'], ['land', 'land'], ['journal', 'journal'], ['colours', 'colours'], ['agent', 'agent'], ['settings', 'settings']]) {
  iconButton(byId(`open-${id}`), sign).addEventListener('click', panels[id]);
}

byId('minimap').addEventListener('click', panels.map);
iconButton(byId('drive'), 'wheel').addEventListener('click', wheel.turn);
iconButton(byId('go-home'), 'home').addEventListener('click', actions.goHome);
createKeyTips();

function frame(now, seconds, still) {
  if (!world.you) {
    drawTitle(now);
    return;
  }
  drawTitle = null; // with its pictures
  input.update();
  walk.update(now);
  hands.update(now);
  figures.update(now);
  const { own } = figures;
  if (own) camera.lookAt(own.x, own.y - 8);
  particles.step(seconds);
  renderer.still = still;
  renderer.draw(now, sky.day(now));
  labels.update(figures.list, now);
  signs.update(now);
  drawMinimap(now);
  tellAround(now);
  sky.tell(now);
}

eachFrame(frame);
addEventListener('beforeunload', (event) => { if (brush.waiting.length && net.wanted) event.preventDefault(); }); // who leaves now loses strokes that could be sent
account.start();

export { brush, camera, chat, chunks, explored, figures, labels, land, landmarks, net, renderer, world }; // for the browser tests: importing this module again gives these very objects
