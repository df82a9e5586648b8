// What the tests ask inside of the page, where there is a document. Every page gets it before its own scripts.

globalThis.inPage = {
  ground: () => getComputedStyle(document.body).backgroundColor,

  /** Each visible text with its colour and the colours behind it, the farthest first. */
  visibleTexts: () =>
    [...document.querySelectorAll('body *')]
      .filter((element) => element.checkVisibility() && inPage.ownText(element) !== '')
      .map((element) => {
        const grounds = [];
        for (let at = element; at !== null; at = at.parentElement) {
          grounds.unshift(getComputedStyle(at).backgroundColor);
        }
        return { text: inPage.ownText(element), ink: getComputedStyle(element).color, grounds };
      }),

  ownText: (element) =>
    [...element.childNodes]
      .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
      .map(({ textContent }) => textContent.trim())
      .join(' ')
      .slice(0, 40),

  /** Elements that reach beyond the right edge of the screen. */
  tooWide: () =>
    [...document.querySelectorAll('body *')]
      .filter(
        (element) => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 0.5,
      )
      .map(({ tagName, className }) => `${tagName}.${className}`),

  pageWidth: () => document.documentElement.scrollWidth,

  /** Of each chart of a service, the series whose colour is on its canvas. */
  drawnSeries: (service) =>
    [...document.querySelectorAll(`[data-service="${service}"] figure`)].map((chart) => {
      const data = inPage.pixelsOf(chart.querySelector('canvas'));
      return [...chart.querySelectorAll('.legend li')]
        .filter((item) => inPage.isThere(data, getComputedStyle(item.querySelector('.swatch')).color))
        .map((item) => item.textContent.trim().split(' ')[0]);
    }),

  /** Of a copy: the browser complains when a canvas that is drawn on is read. */
  pixelsOf: (canvas) => {
    const { width, height } = canvas;
    const copy = Object.assign(document.createElement('canvas'), { width, height });
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, width, height).data;
  },

  isThere: (data, colour) => {
    const wanted = colour.match(/\d+/g).map(Number);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 128 && wanted.every((channel, i) => Math.abs(channel - data[at + i]) < 8))
        return true;
    }
    return false;
  },

  /** The events that are listed, as they stand. */
  events: () =>
    [...document.querySelectorAll('#events li')].map((item) => ({
      event: item.dataset.event,
      at: item.querySelector('time').dateTime,
    })),
};
