//! What a run of `explore` is to do: the command line over the settings files over the scenario over the defaults.

use std::path::PathBuf;
use std::time::Duration;

use crate::app::args::{AudioChoice, Explore, PresetChoice, VideoChoice};
use crate::app::config::Settings;
use crate::app::errors::{Exit, Failure};
use crate::app::scenario::Scenario;
use crate::app::sound::audio_request;
use crate::app::world;
use crate::clock::wall_clock;
use crate::media::{Size, Tier};
use crate::playout::Preset;
use crate::wire::{AudioRequest, CreateWorld, Mode, WorldId};

/// How long a headless run lasts when nobody says.
const HEADLESS_FOR: Duration = Duration::from_secs(20);

/// What to do, decided.
#[derive(Debug)]
pub struct Plan {
    /// The world to open.
    pub target: Target,
    /// The tier that the server must keep to.
    pub pinned: Option<Tier>,
    /// The sound that is asked for, or would be if it were turned on.
    pub audio: AudioRequest,
    /// Delay against smoothness.
    pub preset: Preset,
    /// Sound device.
    pub sound: Sound,
    /// No window.
    pub headless: bool,
    /// When to end by itself.
    pub duration: Option<Duration>,
    /// What to act out.
    pub scenario: Option<Scenario>,
    /// Where the recording goes.
    pub record: Option<PathBuf>,
    /// Where the last picture goes.
    pub screenshot: Option<PathBuf>,
    /// Where the report goes; `-` is stdout.
    pub report: Option<PathBuf>,
    /// Where screenshots taken in the window go.
    pub screenshots: PathBuf,
    /// Begin in full screen.
    pub fullscreen: bool,
    /// Size of the window or of the offscreen picture.
    pub size: Option<Size>,
}

/// Which world.
#[derive(Clone, Debug)]
pub enum Target {
    /// A new one.
    Create(Box<CreateWorld>),
    /// One that exists.
    Attach(WorldId),
}

/// Which sound device, in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// The system's default.
    Default,
    /// None.
    None,
    /// By name.
    Named(String),
}

impl Plan {
    /// Decides. `display` tells whether a window could be opened.
    pub fn decide(args: Explore, settings: Settings, display: bool) -> Result<Self, Failure> {
        let scenario = args.script.as_deref().map(Scenario::load).transpose()?;
        let session = scenario.as_ref().map(|scenario| scenario.session.clone()).unwrap_or_default();
        let tier = args.tier.or(read_tier(settings.tier.as_deref())).or(read_tier(session.tier.as_deref()));
        let audio = args.audio.or(settings.audio).or(session.audio).unwrap_or(AudioChoice::Opus);
        let video = args.video.or(settings.video).or(session.video).unwrap_or(VideoChoice::H264);
        let target = match args.attach {
            Some(id) => Target::Attach(world::checked(id)?),
            None => {
                let world = args.world.or(session.world);
                let prompt = args.prompt.or(session.prompt).or_else(|| world.clone()).ok_or_else(no_prompt)?;
                Target::Create(Box::new(CreateWorld {
                    prompt,
                    mode: if session.mode.as_deref() == Some("direct") { Mode::Direct } else { Mode::Wander },
                    world,
                    seed: args.seed.or(session.seed),
                    tier: Some(tier.unwrap_or_default().into()),
                    video_formats: video_formats(video),
                    audio: Some(audio_request(audio)),
                    ..CreateWorld::default()
                }))
            }
        };
        let pinned = (args.pin_tier || session.pin_tier == Some(true)).then(|| tier.unwrap_or_default());
        let headless = args.headless || args.record.is_some() || !display;
        let stamp = wall_clock().strftime("%Y%m%d-%H%M%S");
        // Somebody who asked for a window and has no display still gets to see the world.
        let kept = headless && !args.headless && args.record.is_none();
        Ok(Self {
            target,
            pinned,
            audio: audio_request(audio),
            preset: match args.preset.or(settings.preset) {
                Some(PresetChoice::Latency) => Preset::Latency,
                Some(PresetChoice::Smooth) => Preset::Smooth,
                Some(PresetChoice::Balanced) | None => Preset::Balanced,
            },
            sound: match args.sound.or(settings.sound).as_deref() {
                None | Some("default") => Sound::Default,
                Some("none") => Sound::None,
                Some(name) => Sound::Named(name.to_owned()),
            },
            headless,
            duration: args.duration.or(headless.then_some(HEADLESS_FOR)),
            scenario: if headless { scenario.or_else(|| Some(Scenario::stroll())) } else { scenario },
            record: args.record.or_else(|| kept.then(|| PathBuf::from(format!("seaglass-{stamp}.mp4")))),
            screenshot: args.screenshot.or_else(|| kept.then(|| PathBuf::from(format!("seaglass-{stamp}.png")))),
            report: args.report,
            screenshots: settings.screenshots.unwrap_or_else(|| PathBuf::from(".")),
            fullscreen: args.fullscreen || settings.fullscreen.unwrap_or(false),
            size: args.size,
        })
    }
}

impl Plan {
    /// A headless run of a world that is there to be measured: nobody acts, nothing is kept.
    #[must_use]
    pub fn measuring(world: &str, preset: Preset, audio: AudioChoice, duration: Duration) -> Self {
        Self {
            target: Target::Create(Box::new(CreateWorld {
                prompt: world.to_owned(),
                mode: Mode::Wander,
                world: Some(world.to_owned()),
                tier: Some(Tier::default().into()),
                video_formats: video_formats(VideoChoice::H264),
                audio: Some(audio_request(audio)),
                ..CreateWorld::default()
            })),
            pinned: None,
            audio: audio_request(audio),
            preset,
            sound: Sound::Default,
            headless: true,
            duration: Some(duration),
            scenario: None,
            record: None,
            screenshot: None,
            report: None,
            screenshots: PathBuf::from("."),
            fullscreen: false,
            size: None,
        }
    }

    /// What to call the run, for people.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.target {
            Target::Create(request) => request.prompt.clone(),
            Target::Attach(id) => id.to_string(),
        }
    }
}

fn video_formats(choice: VideoChoice) -> Vec<String> {
    let names = match choice {
        VideoChoice::H264 => ["h264", "mjpeg"],
        VideoChoice::Mjpeg => ["mjpeg", "h264"],
    };
    names.map(str::to_owned).to_vec()
}

/// Settings and scenarios are checked where they are read.
fn read_tier(name: Option<&str>) -> Option<Tier> {
    name.and_then(|name| name.parse().ok())
}

fn no_prompt() -> Failure {
    let fix = "say it: seaglass explore 'a quiet coast at sunset', or --world calibration, or --attach ID";
    Failure::new("usage", Exit::Usage, "no prompt says what the world is to be", "", fix)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::app::args::{Arguments, Command};

    fn plan(words: &[&str], settings: Settings, display: bool) -> Result<Plan, Failure> {
        let words = ["seaglass", "explore"].iter().chain(words);
        let Command::Explore(args) = Arguments::try_parse_from(words).unwrap().command else { unreachable!() };
        Plan::decide(*args, settings, display)
    }

    fn created(plan: &Plan) -> &CreateWorld {
        let Target::Create(request) = &plan.target else { panic!("not a create") };
        request
    }

    #[test]
    fn flags_win_over_settings() {
        let settings = Settings { tier: Some("draft".into()), ..Settings::default() };
        let by_settings = plan(&["coast"], settings.clone(), true).unwrap();
        assert_eq!(created(&by_settings).tier, Some(Tier::Draft.into()));
        let by_flag = plan(&["coast", "--tier", "high"], settings, true).unwrap();
        assert_eq!(created(&by_flag).tier, Some(Tier::High.into()));
    }

    #[test]
    fn without_a_display_the_run_is_headless_for_20_s_and_leaves_a_recording_and_a_screenshot() {
        let plan = plan(&["coast"], Settings::default(), false).unwrap();
        assert!(plan.headless && plan.record.is_some() && plan.screenshot.is_some());
        assert_eq!(plan.duration, Some(Duration::from_secs(20)));
    }

    #[test]
    fn no_sound_asks_for_no_audio_bytes() {
        // HO-13: off means nothing on the wire, not a muted device.
        let plan = plan(&["coast", "--audio", "off"], Settings::default(), true).unwrap();
        assert_eq!(created(&plan).audio, Some(AudioRequest { enabled: false, formats: vec![] }));
    }

    #[test]
    fn a_run_without_a_prompt_says_what_to_say() {
        assert_eq!(plan(&[], Settings::default(), true).unwrap_err().exit, Exit::Usage);
        assert!(plan(&["--world", "calibration"], Settings::default(), true).is_ok());
    }
}
