//! `talk serve NAME PORT…` answers whoever connects, by TCP and UDP, with its name, the port and where the caller seems to be
//! from; `talk [udp] ADDRESS PORT` asks and prints the answer, or nothing after half a second. A server ends by itself.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

/// Seconds after which a server ends.
const LIFE: u64 = 120;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(500);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let port = |word: &str| word.parse::<u16>().expect("a port");
    let address = |word: &str, number: &str| SocketAddr::new(word.parse().expect("an address"), port(number));
    match &*words {
        ["serve", name, ports @ ..] => serve(name, ports.iter().map(|word| port(word)).collect()),
        ["udp", to, number] => println!("{}", ask_udp(address(to, number)).unwrap_or_default()),
        [to, number] => println!("{}", ask_tcp(address(to, number)).unwrap_or_default()),
        _ => panic!("serve NAME PORT… | [udp] ADDRESS PORT"),
    }
}

fn serve(name: &str, ports: Vec<u16>) {
    for port in ports {
        let any = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
        let (tcp, udp) = (TcpListener::bind(any).expect("a port"), UdpSocket::bind(any).expect("a port"));
        let answer = {
            let name = name.to_owned();
            move |from: SocketAddr| format!("{name}:{port} from {} port {}", seen(from.ip()), from.port())
        };
        let also = answer.clone();
        std::thread::spawn(move || {
            while let Ok((mut stream, from)) = tcp.accept() {
                let _ = stream.write_all(answer(from).as_bytes());
            }
        });
        std::thread::spawn(move || {
            while let Ok((_, from)) = udp.recv_from(&mut [0; 16]) {
                let _ = udp.send_to(also(from).as_bytes(), from);
            }
        });
    }
    println!("ready");
    std::thread::sleep(Duration::from_secs(LIFE));
}

/// An IPv4 address as such, though an IPv6 socket reports it.
fn seen(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn ask_tcp(to: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn ask_udp(to: SocketAddr) -> std::io::Result<String> {
    let any: IpAddr = if to.is_ipv4() { [0; 4].into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect(to)?;
    socket.send(b"?")?;
    let mut buffer = [0; 128];
    let len = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..len]).into_owned())
}
