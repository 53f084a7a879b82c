// SPDX-License-Identifier: GPL-2.0
/*
 * Client.java - the seed's client: says one line and prints the answer. java Client.java HOST
 */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class Client {
	public static void main(String[] args) throws Exception {
		try (Socket socket = new Socket(args[0], 10002)) {
			BufferedReader in = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
			PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);

			out.println("服务端,你好");
			System.out.println(in.readLine());
		}
	}
}
