//! The words the director knows, as tables: what weather, which time, how strong. Meaning only; how words stand together is the
//! grammar's business. All entries are lower case and singular or infinitive.

use crate::wire::{Mood, Place, Weather};

/// Whether a word stands in a list of words.
fn one_of(word: &str, list: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == word)
}

/// How a weather word stands in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// "rain", "storm": may be the first half of another noun ("rain coat").
    Noun,
    /// "rainy", "stormy".
    Adjective,
}

/// A weather word.
#[derive(Clone, Debug)]
pub(super) struct WeatherWord {
    pub(super) kind: Weather,
    pub(super) strength: Option<f32>,
    pub(super) form: Form,
}

/// The weather that a word names.
pub(super) fn weather(word: &str) -> Option<WeatherWord> {
    use Form::{Adjective, Noun};
    let (kind, strength, form) = match word {
        "rain" | "rainfall" | "raindrop" | "rainstorm" => (Weather::Rain, None, Noun),
        "rainy" | "wet" | "pouring" => (Weather::Rain, None, Adjective),
        "drizzle" | "sprinkle" => (Weather::Rain, Some(0.25), Noun),
        "drizzly" => (Weather::Rain, Some(0.25), Adjective),
        "shower" => (Weather::Rain, Some(0.45), Noun),
        "downpour" | "deluge" | "cloudburst" | "pour" => (Weather::Rain, Some(1.0), Noun),
        "storm" | "thunderstorm" | "thunder" | "lightning" => (Weather::Storm, None, Noun),
        "stormy" => (Weather::Storm, None, Adjective),
        "tempest" | "hurricane" | "typhoon" => (Weather::Storm, Some(1.0), Noun),
        "snow" | "snowfall" | "snowflake" => (Weather::Snow, None, Noun),
        "snowy" => (Weather::Snow, None, Adjective),
        "blizzard" | "snowstorm" => (Weather::Snow, Some(1.0), Noun),
        "flurry" => (Weather::Snow, Some(0.3), Noun),
        "fog" => (Weather::Fog, None, Noun),
        "foggy" => (Weather::Fog, None, Adjective),
        "mist" | "haze" => (Weather::Fog, Some(0.4), Noun),
        "misty" | "hazy" => (Weather::Fog, Some(0.4), Adjective),
        "cloud" => (Weather::Cloudy, None, Noun),
        "cloudy" => (Weather::Cloudy, None, Adjective),
        "overcast" => (Weather::Cloudy, Some(0.9), Adjective),
        "sandstorm" | "duststorm" => (Weather::Dust, Some(1.0), Noun),
        "dust" => (Weather::Dust, None, Noun),
        "dusty" => (Weather::Dust, None, Adjective),
        "clear" | "sunny" | "cloudless" | "clearsky" => (Weather::Clear, None, Adjective),
        "sunshine" => (Weather::Clear, None, Noun),
        _ => return None,
    };
    Some(WeatherWord { kind, strength, form })
}

/// The protocol's name of the time of day that a word means.
pub(super) fn time(word: &str) -> Option<&'static str> {
    Some(match word {
        "dawn" | "sunrise" | "daybreak" => "dawn",
        "morning" => "morning",
        "noon" | "midday" | "day" | "daytime" | "daylight" => "noon",
        "afternoon" => "afternoon",
        "dusk" | "sunset" | "sundown" | "twilight" | "evening" => "dusk",
        "night" | "nighttime" | "nightfall" | "tonight" => "night",
        "midnight" => "midnight",
        _ => return None,
    })
}

/// The mood that a word means.
pub(super) fn mood(word: &str) -> Option<Mood> {
    Some(match word {
        "calm" | "peaceful" | "serene" | "tranquil" | "relaxing" | "relaxed" | "soothing" | "quiet" | "dreamy" => Mood::Calm,
        "dramatic" | "epic" | "tense" | "cinematic" | "moody" => Mood::Dramatic,
        "eerie" | "spooky" | "creepy" | "scary" | "haunted" | "haunting" | "ominous" | "sinister" | "horror" | "gloomy" => {
            Mood::Eerie
        }
        "joyful" | "happy" | "cheerful" | "merry" | "festive" | "playful" | "uplifting" => Mood::Joyful,
        "neutral" => Mood::Neutral,
        _ => return None,
    })
}

/// A word of light: a factor for the brightness, or a warmth; `more` or `much` move it further from 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LightWord {
    /// A multiple of the scene's own brightness.
    Brightness(f32),
    /// −1 cold to 1 warm.
    Warmth(f32),
}

/// The light that a word means.
pub(super) fn light(word: &str) -> Option<LightWord> {
    Some(match word {
        "bright" | "brighter" | "brighten" | "lighten" | "lighter" => LightWord::Brightness(1.4),
        "dim" | "dimmer" | "dark" | "darker" | "darken" => LightWord::Brightness(0.6),
        "warm" | "warmer" => LightWord::Warmth(0.5),
        "cold" | "colder" | "cool" | "cooler" => LightWord::Warmth(-0.5),
        _ => return None,
    })
}

/// How strong a word makes what it stands by, 0 to 1.
pub(super) fn strength(word: &str) -> Option<f32> {
    Some(match word {
        "slight" | "slightly" | "faint" | "faintly" | "barely" => 0.2,
        "light" | "lightly" | "gentle" | "gently" | "soft" | "softly" | "little" | "bit" | "mild" | "thin" | "less" => 0.3,
        "moderate" | "moderately" | "medium" | "steady" | "steadily" => 0.5,
        "more" | "strong" | "strongly" | "stronger" | "lot" => 0.8,
        "heavy" | "heavily" | "heavier" | "thicker" | "denser" | "hard" | "harder" | "thick" | "dense" | "intense"
        | "much" | "big" | "huge" => 0.9,
        "violent" | "violently" | "fierce" | "fiercely" | "raging" | "torrential" | "massive" | "extreme" | "extremely" => {
            1.0
        }
        _ => return None,
    })
}

/// Words that push a strength further: "very light" is lighter, "very heavy" heavier.
pub(super) fn boosts(word: &str) -> bool {
    one_of(word, "very really so super way")
}

/// The number that a word means.
pub(super) fn number(word: &str) -> Option<f32> {
    Some(match word {
        "zero" => 0.0,
        "one" => 1.0,
        "two" | "couple" | "pair" => 2.0,
        "three" | "few" => 3.0,
        "four" => 4.0,
        "five" | "several" => 5.0,
        "six" => 6.0,
        "seven" => 7.0,
        "eight" => 8.0,
        "nine" => 9.0,
        "ten" => 10.0,
        "eleven" => 11.0,
        "twelve" | "dozen" | "many" | "lots" => 12.0,
        "fifteen" => 15.0,
        "twenty" => 20.0,
        "thirty" => 30.0,
        "forty" => 40.0,
        "fifty" => 50.0,
        "sixty" => 60.0,
        "seventy" => 70.0,
        "eighty" => 80.0,
        "ninety" => 90.0,
        "hundred" => 100.0,
        _ => return None,
    })
}

/// A unit: what it measures, and how many of the protocol's units it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    /// Of degrees.
    Angle(f32),
    /// Of metres.
    Length(f32),
    /// Of milliseconds.
    Time(f32),
    /// Of 1.
    Part(f32),
}

/// The unit that a word means.
pub(super) fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "degree" | "deg" | "°" => Unit::Angle(1.0),
        "m" | "metre" | "meter" => Unit::Length(1.0),
        "foot" | "feet" | "ft" => Unit::Length(0.3048),
        "step" | "pace" => Unit::Length(0.75),
        "s" | "sec" | "second" => Unit::Time(1000.0),
        "ms" | "millisecond" => Unit::Time(1.0),
        "min" | "minute" => Unit::Time(60_000.0),
        "%" | "percent" => Unit::Part(0.01),
        _ => return None,
    })
}

/// Where a word puts a thing.
pub(super) fn place(word: &str) -> Option<Place> {
    Some(match word {
        "ahead" | "front" | "forward" => Place::Ahead,
        "left" => Place::Left,
        "right" => Place::Right,
        "behind" => Place::Behind,
        "around" | "everywhere" => Place::Around,
        _ => return None,
    })
}

/// Things that can be called for with weak words ("give me a tree"), or without an article.
const THINGS: &str = "arch barn barrel beacon bell bench birch bird boat bonfire boulder box bridge building bush cabin \
    cactus campfire candle canoe castle cat chest church clock column cottage cow crate crow crystal \
    deer dock dog fence fir fire flower fountain gate gem grass gull home horse house hut igloo jetty \
    lamp landmark lantern lighthouse lily monolith mushroom oak obelisk palm pebble person pier pillar \
    pine plant portal reed robot rock rose ruin sailboat sheep ship shrub skyscraper snowman spire \
    statue stone streetlight tent torch tower tree tulip wall warehouse watchtower well windmill yurt";

/// Whether a noun is a thing of the kind that worlds hold.
pub(super) fn thing(noun: &str) -> bool {
    one_of(noun, THINGS)
}

/// Two words that are one thing.
const PAIRS: [(&str, &str); 10] = [
    ("street", "lamp"),
    ("street", "light"),
    ("lamp", "post"),
    ("palm", "tree"),
    ("pine", "tree"),
    ("dead", "tree"),
    ("bare", "tree"),
    ("bell", "tower"),
    ("clock", "tower"),
    ("christmas", "tree"),
];

/// Whether two words are one thing.
pub(super) fn pair(first: &str, second: &str) -> bool {
    PAIRS.contains(&(first, second))
}

/// Words that turn a meaning round.
pub(super) fn negates(word: &str) -> bool {
    one_of(
        word,
        "no not don't dont never without stop end cease halt quit cancel banish remove delete lift pass \
        fade vanish disappear dissipate part",
    )
}

/// Words that take things out of the world.
pub(super) fn removes(word: &str) -> bool {
    one_of(word, "remove delete erase destroy banish demolish")
}

/// Words that bring things into the world; the strong ones whatever the thing is.
pub(super) fn spawns(word: &str) -> Option<bool> {
    match word {
        "spawn" | "add" | "place" | "summon" | "conjure" | "insert" => Some(true),
        "put" | "build" | "plant" | "create" | "make" | "give" | "want" | "bring" | "grow" | "drop" | "have" => Some(false),
        _ => None,
    }
}

/// Words that say that something is to happen: they let unknown words stand beside known ones.
pub(super) fn directs(word: &str) -> bool {
    spawns(word).is_some()
        || one_of(
            word,
            "let set turn change switch start begin cause show keep please should must shall skip jump cut \
        roll come arrive fall gather approach sweep descend move get",
        )
}

/// Words that open a question, a condition or a story: their clause directs nothing.
pub(super) fn asks(word: &str) -> bool {
    one_of(word, "is are was were does did what why how when who where will if because unless whether")
}

/// Words that open a condition: the clause behind it tells what follows, not what to do.
pub(super) fn conditions(word: &str) -> bool {
    one_of(word, "when if because unless whether")
}

/// Words that lead to where or how something is, not to what it is.
pub(super) fn leads(word: &str) -> bool {
    one_of(
        word,
        "in on at over under near by behind above across through beside from into onto toward towards \
        beyond along for of after before",
    )
}

/// Words without a meaning of their own here.
pub(super) fn fills(word: &str) -> bool {
    leads(word)
        || one_of(
            word,
            "the a an it its it's this that be being become to as now again just some there here us me my you \
        we your our do can could would let's lets scene world weather sky sun air time hour camera view \
        mood atmosphere feel feeling look bit very all out off up down slowly gradually quickly \
        instantly immediately suddenly fast slow outside color colour tone brightness light away side go \
        is are another any am pm o'clock over during within way too today blow thing high early late \
        winter summer spring autumn mode",
        )
}

/// Whether any table knows the word.
pub(super) fn knows(word: &str) -> bool {
    weather(word).is_some()
        || time(word).is_some()
        || mood(word).is_some()
        || light(word).is_some()
        || strength(word).is_some()
        || boosts(word)
        || number(word).is_some()
        || unit(word).is_some()
        || place(word).is_some()
        || negates(word)
        || removes(word)
        || directs(word)
        || fills(word)
        || moves(word)
}

/// Words that move the camera.
pub(super) fn moves(word: &str) -> bool {
    turns(word) || travels(word) || circles(word) || one_of(word, "tilt turnaround cut jump focus")
}

/// Words that turn the camera in place.
pub(super) fn turns(word: &str) -> bool {
    one_of(word, "pan turn rotate look face swivel spin")
}

/// Words that move the camera forward or back.
pub(super) fn travels(word: &str) -> bool {
    one_of(word, "dolly push pull zoom move go walk step advance track fly back")
}

/// Words that circle the camera around something.
pub(super) fn circles(word: &str) -> bool {
    one_of(word, "orbit circle revolve")
}

/// Idioms' objects: "cut to the chase" cuts to nothing.
pub(super) fn figurative(noun: &str) -> bool {
    matches!(noun, "chase" | "point" | "black" | "bone" | "wish" | "sense" | "mistake" | "decision" | "attention")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_whole_or_not_at_all() {
        assert!(thing("tree") && thing("yurt") && thing("arch") && !thing("tre") && !thing(""));
        assert!(fills("the") && !fills("th") && !fills(""));
    }
}
