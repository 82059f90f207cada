//! Phrases that stand for one known word, and the Chinese words that stand for English ones. Tables only; `tokens` reads them.

/// Phrases that mean one known word.
pub(super) const PHRASES: [(&[&str], &str); 51] = [
    (&["calm", "the"], "stop"),
    (&["let", "there", "be", "light"], "brighten"),
    (&["bring", "out", "the", "sun"], "clearsky"),
    (&["i", "would", "love"], "want"),
    (&["i'd", "love"], "want"),
    (&["golden", "hour"], "dusk"),
    (&["first", "light"], "dawn"),
    (&["middle", "of", "the", "night"], "midnight"),
    (&["dead", "of", "night"], "midnight"),
    (&["middle", "of", "the", "day"], "noon"),
    (&["night", "time"], "night"),
    (&["day", "time"], "noon"),
    (&["sun", "set"], "dusk"),
    (&["sun", "go", "down"], "dusk"),
    (&["sun", "rise"], "dawn"),
    (&["sun", "come", "up"], "dawn"),
    (&["night", "falls"], "night"),
    (&["night", "fall"], "night"),
    (&["blue", "sky"], "clearsky"),
    (&["clear", "sky"], "clearsky"),
    (&["clear", "the", "sky"], "clearsky"),
    (&["clear", "up"], "clearsky"),
    (&["sky", "clear"], "clearsky"),
    (&["sun", "shine"], "clearsky"),
    (&["sun", "come", "out"], "clearsky"),
    (&["good", "weather"], "clearsky"),
    (&["bad", "weather"], "storm"),
    (&["cats", "and", "dogs"], "torrential"),
    (&["cat", "and", "dog"], "torrential"),
    (&["sand", "storm"], "sandstorm"),
    (&["dust", "storm"], "sandstorm"),
    (&["snow", "storm"], "blizzard"),
    (&["thunder", "storm"], "storm"),
    (&["in", "front", "of"], "ahead"),
    (&["in", "front"], "ahead"),
    (&["get", "rid", "of"], "remove"),
    (&["take", "away"], "remove"),
    (&["go", "away"], "vanish"),
    (&["die", "down"], "vanish"),
    (&["turn", "off"], "stop"),
    (&["turn", "around"], "turnaround"),
    (&["turn", "back"], "turnaround"),
    (&["look", "back"], "turnaround"),
    (&["look", "behind"], "turnaround"),
    (&["fast", "forward"], "change"),
    (&["no", "longer"], "no"),
    (&["i", "want"], "want"),
    (&["i", "would", "like"], "want"),
    (&["i'd", "like"], "want"),
    (&["we", "want"], "want"),
    (&["i", "need"], "want"),
];

/// Chinese words for the common ones, longest first, and the English words they read as.
pub(super) const CHINESE: [(&str, &str); 47] = [
    ("向左转", "turn left"),
    ("向右转", "turn right"),
    ("雷阵雨", "storm"),
    ("暴风雨", "storm"),
    ("暴风雪", "blizzard"),
    ("沙尘暴", "sandstorm"),
    ("下大雨", "heavy rain"),
    ("下小雨", "light rain"),
    ("下大雪", "heavy snow"),
    ("下小雪", "light snow"),
    ("下雨", "rain"),
    ("下雪", "snow"),
    ("大雨", "heavy rain"),
    ("小雨", "light rain"),
    ("暴雨", "downpour"),
    ("大雪", "heavy snow"),
    ("小雪", "light snow"),
    ("雷雨", "storm"),
    ("晴天", "clear"),
    ("晴朗", "clear"),
    ("放晴", "clear"),
    ("多云", "cloudy"),
    ("阴天", "overcast"),
    ("大雾", "heavy fog"),
    ("起雾", "fog"),
    ("夜晚", "night"),
    ("晚上", "night"),
    ("黑夜", "night"),
    ("午夜", "midnight"),
    ("黎明", "dawn"),
    ("日出", "dawn"),
    ("早上", "morning"),
    ("早晨", "morning"),
    ("中午", "noon"),
    ("下午", "afternoon"),
    ("黄昏", "dusk"),
    ("日落", "dusk"),
    ("傍晚", "dusk"),
    ("白天", "day"),
    ("停止", "stop"),
    ("不要", "no"),
    ("没有", "no"),
    ("变成", "change"),
    ("让", "let"),
    ("别", "no"),
    ("雾", "fog"),
    ("请", "please"),
];

/// Chinese particles without a meaning of their own here.
pub(super) const PARTICLES: [char; 9] = ['有', '了', '吧', '的', '天', '到', '为', '一', '点'];

#[cfg(test)]
mod tests {
    use super::super::lexicon::knows;
    use super::*;

    #[test]
    fn longer_chinese_words_stand_before_their_parts() {
        for (index, (word, _)) in CHINESE.iter().enumerate() {
            assert!(CHINESE[..index].iter().all(|(before, _)| !word.contains(before)), "{word} is never reached");
        }
    }

    #[test]
    fn every_phrase_and_every_chinese_word_reads_as_known_words() {
        for (phrase, meaning) in PHRASES {
            assert!(knows(meaning), "{phrase:?} reads as {meaning}");
        }
        for (word, english) in CHINESE {
            assert!(english.split(' ').all(knows), "{word} reads as {english}");
        }
    }
}
