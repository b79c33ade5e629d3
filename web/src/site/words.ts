/** What the search says. */

export interface Words {
  begin: string;
  none: string;
  failed: string;
  found(count: number): string;
  best(count: number): string; // of more
}

const EN: Words = {
  begin: "Type to search all pages; arrow keys lead through what is found.",
  none: "Nothing found. Fewer or shorter words find more.",
  failed: "The list of pages did not load. Type again to try once more.",
  found: (count) => `Found: ${count}`,
  best: (count) => `The best ${count}; another word finds fewer.`,
};

const UK: Words = {
  begin: "Пишіть, щоб шукати на всіх сторінках; стрілки ведуть знайденим.",
  none: "Нічого не знайдено. Менше або коротші слова знаходять більше.",
  failed: "Перелік сторінок не завантажився. Пишіть далі, щоб спробувати ще раз.",
  found: (count) => `Знайдено: ${count}`,
  best: (count) => `Найкращі ${count}; ще одне слово знайде менше.`,
};

const RU: Words = {
  begin: "Пишите, чтобы искать на всех страницах; стрелки ведут по найденному.",
  none: "Ничего не найдено. Меньше слов или слова короче находят больше.",
  failed: "Перечень страниц не загрузился. Пишите дальше, чтобы попробовать ещё раз.",
  found: (count) => `Найдено: ${count}`,
  best: (count) => `Лучшие ${count}; ещё одно слово найдёт меньше.`,
};

export function wordsOf(lang: string): Words {
  return { uk: UK, ru: RU }[lang.slice(0, 2)] ?? EN;
}
