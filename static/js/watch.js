// The page of a spectator: the same land and the same people as in the game, seen without a body.

import { Camera } from './view/camera.js';
import { ChunkPictures } from './view/chunks.js';
import { Codec } from './net/codec.js';
import { byId } from './page/dom.js';
import { Explored } from './world/explored.js';
import { Eye } from './input/eye.js';
import { Figures } from './view/figures.js';
import { begin, eachFrame } from './view/frames.js';
import { Gaze } from './input/gaze.js';
import { Crowd, ServerClock } from './world/interpolate.js';
import { Labels } from './view/labels.js';
import { Land } from './world/land.js';
import { onKeys, walkingKeys } from './input/keys.js';
import { t } from './page/lang.js';
import { Net, socketUrl } from './net/net.js';
import { createConnectionNotice } from './panels/connection.js';
import { createMinimap } from './panels/minimap.js';
import { toast } from './panels/toast.js';
import { createWatch } from './panels/watch.js';
import { Renderer } from './view/render.js';
import { Signs } from './world/signs.js';
import { Sky } from './view/sky.js';
import { World } from './world/state.js';
import { Tiles } from './view/tiles.js';

const tables = await begin();
const rules = tables.world;
const net = new Net(new Codec(tables.protocol), tables.edition, socketUrl('/ws/watch'));
const world = new World(rules);
const land = new Land(world, net);
const clock = new ServerClock(1000 / rules.tick_hz);
const crowd = new Crowd(world, clock);

const camera = new Camera(byId('world'));
const tiles = new Tiles(world.kinds);
const figures = new Figures(world, crowd, null, tiles);
const eye = new Eye({ net, world, toast });
const sky = new Sky(net, clock, rules.day_ticks);
const labels = new Labels(world, camera);
const signs = new Signs({ net, world, camera, reader: eye });
const drawMinimap = createMinimap(world, figures, land, new Explored(world, null), () => eye);
const renderer = new Renderer({ world, camera, tiles, chunks: new ChunkPictures(world, tiles), figures, particles: { draw() {} }, land, aim: { shown: false } });

onKeys(() => byId('world').setAttribute('aria-label', t('watch.world', { keys: walkingKeys() })));
const watch = createWatch({ net, world, eye, camera, figures, toast });
const gaze = new Gaze(camera.canvas, {
  drag: (dx, dy) => eye.pan((-dx * camera.dpr) / camera.scale, (-dy * camera.dpr) / camera.scale),
  choose: (clientX, clientY) => {
    const { x, y } = camera.toWorld(clientX, clientY);
    const figure = figures.at(x, y);
    if (figure) eye.follow(figure.body.id);
  },
  turn: watch.turn,
  letGo: () => eye.letGo(),
  zoom: (by) => camera.zoomBy(by),
});

world.follow(net);
crowd.follow(net);
createConnectionNotice({ net, account: { ask: watch.turnedAway } });

function frame(now, seconds, still) {
  figures.update(now);
  eye.update(now, seconds, gaze.way, figures.list.find(({ body }) => body.id === eye.followed), still);
  camera.lookAt(eye.x, eye.y);
  renderer.still = still;
  renderer.draw(now, sky.day(now));
  labels.update(figures.list, now);
  signs.update(now);
  drawMinimap(now);
  watch.tell(now);
  sky.tell(now);
}

eachFrame(frame);
net.open();

export { camera, eye, figures, net, world }; // for the browser tests: importing this module again gives these very objects
