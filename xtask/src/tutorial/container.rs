//! Containers for the tutorial: namespaces with a shell whose root holds nothing but our file, its links and `ls`.
//!
//! The first container plays the machine that runs the others: its shell is PID 1 of a PID namespace that they are in,
//! and when it ends, they do. Refuses to go on where a container would have our own network namespace.

use crate::needs;
use crate::run::{self, Result, at};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What containers are made of.
pub struct Image {
    /// The file under test.
    pub binary: PathBuf,
    /// The folder with the shell.
    pub shell: PathBuf,
    /// An empty folder, where each mounts its root.
    pub mount: PathBuf,
}

/// What a command did.
pub struct Done {
    /// Its exit status.
    pub status: i32,
    /// What it printed on either stream.
    pub output: String,
}

/// A container.
pub struct Container {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Its shell's PID, as we see it.
    pid: u32,
}

/// What the shell prints after each command, before the exit status.
const MARK: &str = "-- done, exit status";

impl Container {
    /// Starts one; `host` is the container that plays the machine, if this is another.
    pub fn start(name: &'static str, image: &Image, host: Option<&Container>) -> Result<Self> {
        let unshare = needs::find("unshare").ok_or("there is no unshare(1)")?;
        let mut command = match host {
            None => {
                let mut command = Command::new(unshare);
                command.args(["--pid", "--fork", "--kill-child", "--uts", "--ipc"]);
                command
            }
            Some(host) => {
                let mut command = Command::new(nsenter()?);
                command.args(["--target", &host.pid.to_string(), "--pid", "--"]).arg(unshare);
                command
            }
        };
        command.args(["--net", "--mount", "/bin/sh"]).arg(run::own_file("container.sh"));
        command.args([&image.binary, &image.shell, &image.mount]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", run::line(&command)))?;
        let (input, output) = child.stdin.take().zip(child.stdout.take()).ok_or("a pipe is missing")?;
        let mut container = Container { name, pid: 0, input: Some(input), output: BufReader::new(output), child };
        container.run("cd /")?;
        container.pid = only_child(container.child.id())?;
        let namespace = |process: &str| {
            let path = Path::new("/proc").join(process).join("ns/net");
            at(&path, fs::read_link(&path))
        };
        if namespace(&container.pid.to_string())? == namespace("self")? {
            return Err(format!("{name} would have this machine's own network namespace"));
        }
        Ok(container)
    }

    /// Its shell's PID, as the containers see it.
    pub fn inner_pid(&mut self) -> Result<String> {
        Ok(self.run("echo $$")?.output.trim().to_owned())
    }

    /// Runs a line in its shell.
    pub fn run(&mut self, line: &str) -> Result<Done> {
        let ended = |name: &str| format!("the shell of {name} ended");
        let input = self.input.as_mut().ok_or_else(|| ended(self.name))?;
        // Aliases are expanded when a line is read, so the line stands alone; its input must not be the shell's.
        let text = format!("{{\n{line}\n}} </dev/null\nstatus=$?; echo; echo '{MARK}' $status\n");
        input.write_all(text.as_bytes()).map_err(|error| format!("{}: {error}", ended(self.name)))?;
        let mut output = String::new();
        loop {
            let mut bytes = Vec::new();
            let read = self.output.read_until(b'\n', &mut bytes).map_err(|error| error.to_string())?;
            let got = String::from_utf8_lossy(&bytes);
            if let Some(status) = got.strip_prefix(MARK) {
                let status = status.trim().parse().map_err(|_| format!("no exit status: {got}"))?;
                output.pop();
                return Ok(Done { status, output });
            }
            if read == 0 {
                return Err(format!("{} at {line:?}: {output}", ended(self.name)));
            }
            output += &got;
        }
    }

    /// Runs a line in its shell; it must succeed in silence.
    pub fn must(&mut self, line: &str) -> Result<()> {
        let done = self.run(line)?;
        let good = done.status == 0 && done.output.is_empty();
        if good { Ok(()) } else { Err(format!("{}: {line}: {} {}", self.name, done.status, done.output)) }
    }

    /// Runs a line in a new shell in the container, as `docker exec` does.
    pub fn exec(&self, line: &str) -> Result<Done> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(nsenter()?);
        command.args(["--target", &self.pid.to_string(), "--net", "--mount", "--pid", "--", "/bin/sh", "-c", line]);
        command.env_clear().env("PATH", "/bin").stdin(Stdio::null());
        let done = command.output().map_err(|error| format!("{}: {error}", run::line(&command)))?;
        let output = String::from_utf8_lossy(&done.stdout).into_owned();
        Ok(Done { status: done.status.code().unwrap_or(255), output })
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The shell ends where its input does.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

fn nsenter() -> Result<PathBuf> {
    needs::find("nsenter").ok_or_else(|| "there is no nsenter(1)".to_owned())
}

/// The PID of the one child of a process: unshare(1) and nsenter(1) wait for the program that they started.
fn only_child(pid: u32) -> Result<u32> {
    let path = PathBuf::from(format!("/proc/{pid}/task/{pid}/children"));
    let children = at(&path, fs::read_to_string(&path))?;
    children.trim().parse().map_err(|_| format!("{}: not one child: {children:?}", path.display()))
}
